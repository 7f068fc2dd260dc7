using Mesh.Rig.Traffic;

namespace Shop.Demo.Traffic;

/// <summary>How often a sidecar sent a request again, by its own metrics.</summary>
internal sealed class SidecarRetries(HttpClient client, Uri metrics, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public long Total { get; private set; }

    public double PerSecond { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await ReadAsync(stop);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ReadAsync(CancellationToken stop)
    {
        try
        {
            var total = (long)MetricsText.Sum(await client.GetStringAsync(metrics, stop), "mesh_retries_total");
            (PerSecond, Total) = (Math.Max(0, total - Total) / Interval.TotalSeconds, total);
        }
        catch (HttpRequestException)
        {
            // The next reading will tell; that a sidecar is gone, its host reports.
        }
    }
}
