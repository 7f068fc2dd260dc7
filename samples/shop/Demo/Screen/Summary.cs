using Mesh.Rig.Traffic;
using Shop.Demo.Story;
using Shop.Demo.Traffic;
using Spectre.Console;

namespace Shop.Demo.Screen;

/// <summary>What the run showed, scene by scene.</summary>
internal static class Summary
{
    public static Table Draw(IEnumerable<Scene> story, Outcomes without, Outcomes with, long retries)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("");
        foreach (var column in (string[])["without", "p99", "with", "p99"]) table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var scene in story)
        {
            var (left, right) = (without.In(scene.Title), with.In(scene.Title));
            if (left.Total + right.Total > 0) AddRow(table, scene.Title, left, right);
        }
        table.AddEmptyRow();
        AddRow(table, "the whole run", without.Total, with.Total);
        table.AddRow("failed", $"{without.Total.Failed}", "", $"{with.Total.Failed}", "");
        table.AddRow("of so many requests", $"{without.Total.Total}", "", $"{with.Total.Total}", "");
        return table.AddRow("retries", "-", "", Figures.Count(retries), "");
    }

    private static void AddRow(Table table, string title, Tally without, Tally with) => table.AddRow(
        title, without.Success, Figures.Latency(without.P99), with.Success, Figures.Latency(with.P99));
}
