namespace Mesh.Operator.Reconciliation;

/// <summary>Says to the other replicas, while there are any, how far policies are with the proxies of this one.</summary>
internal sealed partial class CountSaying(DesiredStatuses desired, OtherReplicas others, ReplicaWords words, TimeProvider time, ILogger<CountSaying> logger) : BackgroundLoop
{
    /// <summary>A change that a thousand proxies acknowledge is said in a few words.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // What is still true is said again so often.
    private static readonly TimeSpan Beat = ReplicaCounts.Expiry / 3;

    private IReadOnlyDictionary<string, ReplicaCount>? _said;
    private long _saidAt;
    private long _beat;

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        // Not the number that a replica of this name ended with.
        _beat = time.GetUtcNow().ToUnixTimeMilliseconds();
        while (true)
        {
            await Task.Delay(Interval, time, stoppingToken);
            if (others.Names() is not { Count: > 0 } listening) continue;
            try
            {
                await SayAsync(listening, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotSaid(exception.Describe());
            }
        }
    }

    private async Task SayAsync(IReadOnlyCollection<string> listening, CancellationToken cancellationToken)
    {
        var counts = desired.Counts();
        if (_said is { } said && time.GetElapsedTime(_saidAt) < Beat && said.Count == counts.Count && counts.All(count => said.TryGetValue(count.Key, out var before) && before == count.Value)) return;
        await words.SayAsync(new(++_beat, counts), listening, cancellationToken);
        (_said, _saidAt) = (counts, time.GetTimestamp());
    }

    [LoggerMessage(LogLevel.Warning, "How far policies are with the proxies of this replica could not be told to the others; their Programmed conditions may say NotCounted. {Reason}")]
    private partial void LogNotSaid(string reason);
}
