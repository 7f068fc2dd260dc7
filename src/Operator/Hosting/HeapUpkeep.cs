using Mesh.Operator.Discovery;

namespace Mesh.Operator.Hosting;

/// <summary>
/// Keeps the heap near what is in use. What a storm of connections leaves behind, and what a slice's change replaces after some
/// seconds, outlives the small collections, and the next full one comes when the heap has grown by half, or hours later.
/// </summary>
internal sealed class HeapUpkeep(SubscriptionTable table, TimeProvider time) : BackgroundLoop
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // Below, it isn't worth the pause.
    private const int FewestProxies = 200;

    private const double MostGrowth = 1.15;

    private int _proxiesBefore;
    private int _compactedAt;

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (IsStormOver(table.Proxies)) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
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

    private static long SizeWhenCollected()
    {
        var (blocking, background) = (GC.GetGCMemoryInfo(GCKind.FullBlocking), GC.GetGCMemoryInfo(GCKind.Background));
        return (blocking.Index > background.Index ? blocking : background).HeapSizeBytes;
    }

    private static int Difference(int left, int right) => Math.Abs(left - right);
}
