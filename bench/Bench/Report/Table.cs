using System.Globalization;
using System.Text;
using Mesh.Bench.Measuring;

namespace Mesh.Bench.Report;

/// <summary>A suite's samples as a Markdown table: the median of each figure, and its lowest and highest round.</summary>
internal static class Table
{
    public static string Write(string name, string description, IReadOnlyList<string> columns, IReadOnlyList<Sample> samples)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"## {name}\n\n{description} {RoundsOf(samples)}\n\n");
        Row(text, ["", .. columns]);
        Row(text, ["---", .. columns.Select(_ => "---:")]);
        foreach (var peer in samples.GroupBy(sample => sample.Peer))
        {
            Row(text, [peer.Key, .. columns.Select((_, i) => Cell(Spread.Of(peer.Select(sample => sample.Figures[i]))))]);
        }
        return text.Append('\n').ToString();
    }

    private static string RoundsOf(IReadOnlyList<Sample> samples)
    {
        var rounds = samples.CountBy(sample => sample.Peer).Max(peer => peer.Value);
        return rounds == 1 ? "One round." : $"Median of {rounds} rounds (lowest to highest).";
    }

    private static string Cell(Spread spread) =>
        double.IsNaN(spread.Median) ? "-"
        : spread.Low == spread.High ? Number(spread.Median)
        : $"{Number(spread.Median)} ({Number(spread.Low)} to {Number(spread.High)})";

    private static string Number(double figure) => figure.ToString(Math.Abs(figure) switch { var whole when whole == Math.Round(whole) => "#,##0", >= 100 => "#,##0", >= 10 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture);

    private static void Row(StringBuilder text, IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
