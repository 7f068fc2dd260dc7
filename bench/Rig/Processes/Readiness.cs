namespace Mesh.Rig.Processes;

/// <summary>Waits for a program to say that it is ready.</summary>
internal sealed class Readiness(HttpClient client, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <exception cref="RigFailedException">The program ended, or didn't become ready in a minute.</exception>
    public async Task WaitAsync(ChildProcess process, Uri probe, CancellationToken stop)
    {
        var since = time.GetTimestamp();
        while (!await IsReadyAsync(probe, stop))
        {
            if (process.Exited.IsCompleted)
            {
                throw new RigFailedException($"{process.Name} ended with exit code {await process.Exited} before it was ready; {process.Log} ends with:\n{process.LastWords()}");
            }
            if (time.GetElapsedTime(since) > Patience)
            {
                throw new RigFailedException($"{process.Name} is not ready after {Patience.TotalSeconds:0} s ({probe}); see {process.Log}");
            }
            await Task.Delay(Interval, time, stop);
        }
    }

    private async Task<bool> IsReadyAsync(Uri probe, CancellationToken stop)
    {
        try
        {
            using var response = await client.GetAsync(probe, stop);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
