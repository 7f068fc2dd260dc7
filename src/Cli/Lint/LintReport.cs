using System.Text.Json;
using Mesh.Cli.Output;

namespace Mesh.Cli.Lint;

/// <summary>What lint found, and how much it looked at.</summary>
internal sealed record LintReport(int Files, int Objects, int Ignored, IReadOnlyList<Finding> Findings)
{
    public int Errors => Findings.Count(f => f.Severity is Severity.Error);

    public int Warnings => Findings.Count(f => f.Severity is Severity.Warning);

    public void WriteTable(TextWriter output)
    {
        if (Findings.Count > 0)
        {
            var table = new TextTable("SEVERITY", "LOCATION", "OBJECT", "MESSAGE");
            foreach (var f in Findings)
                table.Add(f.Severity is Severity.Error ? "error" : "warning", f.Line is null ? f.File : $"{f.File}:{f.Line}", f.Object ?? "-", f.Message);
            table.Write(output);
            output.WriteLine();
        }
        output.WriteLine($"{Count(Files, "file")}, {Count(Objects, "object")} checked, {Ignored} of other kinds: {Count(Errors, "error")}, {Count(Warnings, "warning")}");
    }

    public void WriteJson(TextWriter output) => output.WriteLine(JsonSerializer.Serialize(this, LintJson.Readable.LintReport));

    private static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
