namespace Mesh.Operator.Reconciliation;

/// <summary>Hears, while this replica writes statuses, how far policies are with the proxies of the others.</summary>
internal sealed partial class CountHearing(
    ReplicaCounts counts, OtherReplicas others, ReplicaWords words, KubernetesStatusWriter statuses, TimeProvider time, ILogger<CountHearing> logger) : ILeaderWork
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        IReadOnlyCollection<string> listened = [];
        while (true)
        {
            try
            {
                var speaking = others.Names();
                var hasChanged = speaking.Count > 0 && counts.Hear(await words.ReadAsync(cancellationToken));
                if (hasChanged || !speaking.Order(StringComparer.Ordinal).SequenceEqual(listened.Order(StringComparer.Ordinal))) statuses.Reconsider();
                listened = speaking;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                LogNotHeard(exception.Describe());
            }
            await Task.Delay(CountSaying.Interval, time, cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Warning, "How far policies are with the proxies of the other replicas could not be read; Programmed conditions may say NotCounted. {Reason}")]
    private partial void LogNotHeard(string reason);
}
