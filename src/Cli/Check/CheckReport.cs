using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Cli.Output;

namespace Mesh.Cli.Check;

/// <summary>What checks found, as people and programs read it.</summary>
internal sealed record CheckReport(IReadOnlyList<CheckResult> Checks)
{
    public int Failed => Count(CheckOutcome.Failed);

    public int Warnings => Count(CheckOutcome.Warning);

    public void Write(TextWriter output, string format, bool colours)
    {
        if (format == OutputFormat.Table) WriteTable(output, new Colours(colours));
        else OutputFormat.Write(Json(), format, output);
    }

    private void WriteTable(TextWriter output, Colours colours)
    {
        foreach (var category in Checks.GroupBy(check => check.Category))
        {
            output.WriteLine(colours.Bold(category.Key));
            foreach (var check in category) WriteRow(output, colours, check);
            output.WriteLine();
        }
        output.WriteLine(Failed > 0 ? colours.Red(Summary) : Warnings > 0 ? colours.Yellow(Summary) : colours.Green(Summary));
    }

    private string Summary => $"{Checks.Count} checks: {Failed} failed, {Warnings} with a warning, {Count(CheckOutcome.Skipped)} skipped";

    private static void WriteRow(TextWriter output, Colours colours, CheckResult check)
    {
        var mark = check.Outcome switch
        {
            CheckOutcome.Ok => colours.Green("√"),
            CheckOutcome.Warning => colours.Yellow("‼"),
            CheckOutcome.Failed => colours.Red("×"),
            _ => "-",
        };
        output.WriteLine(check is { Outcome: CheckOutcome.Ok, Found: { } detail } ? $"  {mark} {check.Name} ({detail})" : $"  {mark} {check.Name}");
        if (check.Outcome is CheckOutcome.Ok) return;
        output.WriteLine($"      {check.Found}");
        output.WriteLine($"      {check.Hint}");
    }

    private JsonObject Json() => new()
    {
        ["failed"] = Failed,
        ["warnings"] = Warnings,
        ["checks"] = JsonSerializer.SerializeToNode(Checks, CheckJson.Readable.IReadOnlyListCheckResult),
    };

    private int Count(CheckOutcome outcome) => Checks.Count(check => check.Outcome == outcome);
}
