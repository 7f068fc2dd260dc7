using System.Globalization;
using System.Text;

namespace Mesh.Scale.Report;

/// <summary>A Markdown table with a row for each size.</summary>
internal static class Table
{
    public static string Write(string name, string description, IReadOnlyList<string> columns, IEnumerable<(string Size, double[] Figures)> rows)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"## {name}\n\n{description}\n\n");
        Row(text, ["", .. columns]);
        Row(text, ["---", .. columns.Select(_ => "---:")]);
        foreach (var (size, figures) in rows) Row(text, [size, .. figures.Select(Number)]);
        return text.Append('\n').ToString();
    }

    private static string Number(double figure) =>
        double.IsNaN(figure) ? "-" : figure.ToString(Math.Abs(figure) switch { >= 100 => "#,##0", >= 10 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture);

    private static void Row(StringBuilder text, IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
