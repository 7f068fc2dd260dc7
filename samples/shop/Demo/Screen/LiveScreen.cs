using Mesh.Rig.Traffic;
using Spectre.Console;

namespace Shop.Demo.Screen;

/// <summary>A table that is redrawn in place, for a terminal.</summary>
internal sealed class LiveScreen(IAnsiConsole console, TimeProvider time) : IScreen
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    public Task ShowAsync(Func<Snapshot> current, CancellationToken stop) => console.Live(new Text("")).AutoClear(true).StartAsync(async live =>
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop)) live.UpdateTarget(Draw(current()));
        }
        catch (OperationCanceledException)
        {
        }
    });

    private static Rows Draw(Snapshot now)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumn("").AddColumn(new TableColumn("[bold]without the mesh[/]").RightAligned()).AddColumn(new TableColumn("[bold]with the mesh[/]").RightAligned());
        table.AddRow(new Markup("[bold]this second[/]"), Success(now.Without.Recent), Success(now.With.Recent));
        table.AddRow("p50 / p99", Figures.Latencies(now.Without.Recent), Figures.Latencies(now.With.Recent));
        table.AddRow("retries a second", "-", Figures.Count(now.With.RetriesPerSecond));
        table.AddEmptyRow();
        table.AddRow(new Markup("[bold]since the start[/]"), Success(now.Without.Total), Success(now.With.Total));
        table.AddRow("p50 / p99", Figures.Latencies(now.Without.Total), Figures.Latencies(now.With.Total));
        table.AddRow("requests, failed", $"{now.Without.Total.Total}, {now.Without.Total.Failed}", $"{now.With.Total.Total}, {now.With.Total.Failed}");
        table.AddRow("retries", "-", Figures.Count(now.With.Retries));
        return new([
            new Markup($"[bold]{now.Elapsed:mm\\:ss}[/]  [yellow]{Markup.Escape(now.Scene)}[/]"),
            table,
            .. now.Policies.Select(policy => new Text(policy, new(Color.Grey))),
            new Text("Edit samples/shop/mesh/*.yaml and watch. Ctrl-C ends it.", new(Color.Grey)),
        ]);
    }

    private static Text Success(Tally tally) =>
        new Text(tally.Success, new(tally.SuccessShare < Story.Verdict.Target ? Color.Red : Color.Green));
}
