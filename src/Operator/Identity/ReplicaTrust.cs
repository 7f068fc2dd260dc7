namespace Mesh.Operator.Identity;

/// <summary>
/// Of several replicas, each of which sees the proxies that are connected to it: each leaves word of those, and they add up to every pod
/// that has an identity, or not yet.
/// </summary>
/// <param name="evidence">What this replica knows.</param>
/// <param name="words">What the others know.</param>
/// <param name="self">This replica.</param>
/// <param name="others">The others that serve.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where to say what can't be done.</param>
internal sealed partial class ReplicaTrust(
    ITrustEvidence evidence, IReplicaWords words, string self, Func<IReadOnlyCollection<string>> others, TimeProvider time, ILogger<ReplicaTrust> logger) : ITrustConsensus
{
    /// <summary>What is still true is said again so often.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(20);

    /// <summary>Who has said nothing new for so long is not believed to be there.</summary>
    public static readonly TimeSpan Expiry = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (TrustWord Word, long At)> _heard = [];
    private TrustWord? _said;
    private long _saidAt;

    public async Task SayAsync(CancellationToken cancellationToken)
    {
        var word = evidence.Gather();
        if (_said is { } said && word with { Beat = said.Beat } == said && time.GetElapsedTime(_saidAt) < Beat) return;
        word = word with { Beat = (_said?.Beat ?? 0) + 1 };
        try
        {
            await words.SayAsync(self, word, cancellationToken);
            (_said, _saidAt) = (word, time.GetTimestamp());
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotSaid(failure.Describe());
        }
    }

    public async Task<bool> IsReachedAsync(CancellationToken cancellationToken)
    {
        // Without proxies, too, a replica has to say that it knows the new anchors: it gives them to pods that are being created.
        var (own, expected) = (evidence.Gather(), others());
        try
        {
            if (expected.Count > 0) Hear(await words.ReadAsync(cancellationToken));
            var all = expected.Select(Heard).Append(own).ToList();
            return all.TrueForAll(word => word is { Waiting: 0 } && word.Anchors == own.Anchors)
                && NameDigest.Combine(all.Select(word => word!.Trusting)) == evidence.Everybody();
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotHeard(failure.Describe());
            return false;
        }
    }

    // By this replica's own clock: the others' may differ from it.
    private void Hear(IReadOnlyDictionary<string, TrustWord> said)
    {
        foreach (var (replica, word) in said)
        {
            if (!_heard.TryGetValue(replica, out var before) || before.Word != word) _heard[replica] = (word, time.GetTimestamp());
        }
        foreach (var gone in _heard.Keys.Where(replica => !said.ContainsKey(replica)).ToList()) _heard.Remove(gone);
    }

    private TrustWord? Heard(string replica) =>
        _heard.TryGetValue(replica, out var heard) && time.GetElapsedTime(heard.At) < Expiry ? heard.Word : null;

    [LoggerMessage(LogLevel.Warning, "Which proxies of this replica trust the new anchor could not be told to the others; the rotation may have to wait for all certificates' renewal. {Reason}")]
    private partial void LogNotSaid(string reason);

    [LoggerMessage(LogLevel.Warning, "Which proxies of the other replicas trust the new anchor could not be asked; the rotation may have to wait for all certificates' renewal. {Reason}")]
    private partial void LogNotHeard(string reason);
}
