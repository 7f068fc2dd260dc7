using Mesh.Linux;
using Mesh.Operator.Discovery;
using Mesh.Operator.State;

namespace Mesh.Operator.Hosting;

/// <summary>
/// Keeps memory near what is in use. What a storm of connections leaves behind, and what a slice's change replaces after some
/// seconds, outlives the small collections, and the next full one comes when the heap has grown by half, or hours later. Nor do the
/// pages of code that ran once, at the start or in a storm, go by themselves: <c>docs/decisions/memory-after-start.md</c>.
/// </summary>
internal sealed partial class MemoryUpkeep(ClusterState state, SubscriptionTable table, TimeProvider time, ILogger<MemoryUpkeep> logger) : BackgroundLoop
{
    // Whoever reads the state has compiled what it asks for by then.
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // Below, it isn't worth the pause.
    private const int FewestProxies = 200;

    private const double MostGrowth = 1.15;

    private int _proxiesBefore;
    private int _compactedAt;

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        using (var listed = state.Follow()) await listed.NextAsync(stoppingToken);
        await Task.Delay(Settled, time, stoppingToken);
        GiveBackFiles();
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (IsStormOver(table.Proxies))
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GiveBackFiles();
            }
            else if (HasGrown(GC.GetGCMemoryInfo(GCKind.Any).HeapSizeBytes, SizeWhenCollected())) GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        }
    }

    /// <summary>Whether many proxies have come or gone, and none does any more: what they left is spread over the heap, which is compacted.</summary>
    public bool IsStormOver(int proxies)
    {
        var isQuiet = Difference(proxies, _proxiesBefore) <= proxies / 10;
        _proxiesBefore = proxies;
        if (!isQuiet || Difference(proxies, _compactedAt) < Math.Max(FewestProxies, proxies / 5)) return false;
        _compactedAt = proxies;
        return true;
    }

    /// <summary>Whether much may have died since the last full collection: one in the background, which nobody waits for.</summary>
    public static bool HasGrown(long bytes, long bytesWhenCollected) => bytesWhenCollected > 0 && bytes > MostGrowth * bytesWhenCollected;

    private void GiveBackFiles()
    {
        if (!MappedFiles.TryGiveBack(out var obstacle)) LogKept(obstacle);
    }

    private static long SizeWhenCollected()
    {
        var (blocking, background) = (GC.GetGCMemoryInfo(GCKind.FullBlocking), GC.GetGCMemoryInfo(GCKind.Background));
        return (blocking.Index > background.Index ? blocking : background).HeapSizeBytes;
    }

    private static int Difference(int left, int right) => Math.Abs(left - right);

    [LoggerMessage(LogLevel.Information, "pages of files that are not needed any more stay resident: {Reason}")]
    private partial void LogKept(string reason);
}
