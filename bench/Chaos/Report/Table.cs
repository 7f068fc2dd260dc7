using System.Globalization;
using System.Text;
using Mesh.Rig.Traffic;

namespace Mesh.Chaos.Report;

/// <summary>Rows as they are printed one by one, and all of them as Markdown.</summary>
internal static class Table
{
    public static string Head { get; } =
        $"{"",-34}{"success",-22}{"p99",-20}{"attempts/request",-20}\n{"",-34}{"without",-11}{"with",-11}{"without",-10}{"with",-10}{"without",-10}{"with",-10}";

    public static string Line(Row row) =>
        $"{row.Failure,-34}{row.Without.Users.Success,-11}{row.With.Users.Success,-11}{Figures.Latency(row.Without.Users.P99),-10}{Figures.Latency(row.With.Users.P99),-10}"
        + $"{Load(row.Without),-10}{Load(row.With),-10}{(row.Verdict.Met ? row.Verdict.Reason : $"FAILED: {row.Verdict.Reason}")}";

    public static string Markdown(IEnumerable<Row> rows)
    {
        var text = new StringBuilder();
        Append(text, ["failure", "success without", "with", "p99 without", "with", "attempts a request without", "with", "with the mesh"]);
        Append(text, ["---", "---:", "---:", "---:", "---:", "---:", "---:", "---"]);
        foreach (var row in rows)
        {
            Append(text,
            [
                row.Failure, row.Without.Users.Success, $"**{row.With.Users.Success}**", Figures.Latency(row.Without.Users.P99), $"**{Figures.Latency(row.With.Users.P99)}**",
                Load(row.Without), $"**{Load(row.With)}**", string.Join("; ", row.With.Notes.Prepend(row.Verdict.Reason)),
            ]);
        }
        return text.ToString();
    }

    private static string Load(Outcome outcome) => outcome.Load.ToString("0.00", CultureInfo.InvariantCulture);

    private static void Append(StringBuilder text, IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
