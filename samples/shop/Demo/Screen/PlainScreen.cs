using Mesh.Rig.Traffic;

namespace Shop.Demo.Screen;

/// <summary>A line a second, for a file or a pipe.</summary>
internal sealed class PlainScreen(TextWriter output, TimeProvider time) : IScreen
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public async Task ShowAsync(Func<Snapshot> current, CancellationToken stop)
    {
        IReadOnlyList<string> policies = [];
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var now = current();
                foreach (var news in now.Policies.Except(policies)) await output.WriteLineAsync($"       {news}");
                policies = now.Policies;
                await output.WriteLineAsync(Line(now));
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static string Line(Snapshot now) =>
        $"{now.Elapsed:mm\\:ss}  without {Column(now.Without)}  with {Column(now.With)}  retries/s {Figures.Count(now.With.RetriesPerSecond),3}  {now.Scene}";

    private static string Column(ShopFigures shop) => $"{shop.Recent.Success,8} {Figures.Latencies(shop.Recent),15}";
}
