namespace Shop.Demo.Traffic;

/// <summary>
/// Users of a shop: they come at a steady rate, whatever became of those before them, and give up after two seconds. Latency
/// counts from when a request was due, so that a stall is not hidden by requests that were sent late because of it.
/// </summary>
internal sealed class OpenLoop(HttpClient client, Uri url, int perSecond, Func<string> scene, Outcomes outcomes, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);

    /// <summary>Sends until it is stopped, then waits for what is under way.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var start = time.GetTimestamp();
        var sent = 0L;
        var underWay = new HashSet<Task>();
        using var timer = new PeriodicTimer(Tick, time);
        while (!stop.IsCancellationRequested)
        {
            for (; sent < time.GetElapsedTime(start).TotalSeconds * perSecond; sent++)
            {
                underWay.Add(SendAsync(start + (long)(sent * (double)time.TimestampFrequency / perSecond)));
            }
            underWay.RemoveWhere(request => request.IsCompleted);
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
        await Task.WhenAll(underWay);
    }

    private async Task SendAsync(long due)
    {
        var during = scene();
        var succeeded = await SucceedsAsync();
        outcomes.Add(during, succeeded, time.GetElapsedTime(due));
    }

    private async Task<bool> SucceedsAsync()
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            using var response = await client.GetAsync(url, patience.Token);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
