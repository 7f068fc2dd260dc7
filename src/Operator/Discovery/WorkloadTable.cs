using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Google.Protobuf;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Discovery;

/// <summary>
/// What holds for the pods of connected proxies: compiled when something that a pod depends on changes, sent only where that makes a
/// difference, in the same bytes to all for whom the same holds.
/// </summary>
internal sealed partial class WorkloadTable(SubscriptionTable subscriptions, DiscoveryMetrics metrics, DiscoveryLimits limits, ILogger<WorkloadTable> logger)
{
    /// <summary>The name under which proxies answer.</summary>
    public const string Destination = "workload";

    // Of what was told once: texts that name pods grow with what runs.
    private const int MostTold = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<ProxyStream, StreamWorkload> _streams = [];
    private readonly Dictionary<string, HashSet<ProxyStream>> _streamsByNamespace = new(StringComparer.Ordinal);
    private readonly Dictionary<NamespacedName, HashSet<ProxyStream>> _streamsByPod = [];
    private readonly Dictionary<ulong, WorkloadVersion> _versions = [];
    private readonly HashSet<string> _told = [];
    private IReadOnlyList<ByteString> _anchors = [];
    private string _fingerprint = "";
    private ClusterSnapshot _cluster = ClusterSnapshot.Empty;

    public void Attach(ProxyStream stream)
    {
        lock (_gate)
        {
            _streams.Add(stream, new());
            _streamsByNamespace.Add(stream.Proxy.Namespace, stream);
            _streamsByPod.Add(PodOf(stream), stream);
            if (_cluster.IsSynced) Compile(stream);
        }
    }

    public void Detach(ProxyStream stream)
    {
        lock (_gate)
        {
            if (!_streams.Remove(stream, out var workload)) return;
            _streamsByNamespace.Remove(stream.Proxy.Namespace, stream);
            _streamsByPod.Remove(PodOf(stream), stream);
            NoteProgress(workload.Current);
            Leave(workload.Current);
        }
    }

    /// <summary>Has every proxy told whom to believe, DER, from now on.</summary>
    public void Trust(IEnumerable<ReadOnlyMemory<byte>> anchors)
    {
        lock (_gate)
        {
            ByteString[] now = [.. anchors.Select(anchor => ByteString.CopyFrom(anchor.Span))];
            if (_anchors.SequenceEqual(now)) return;
            (_anchors, _fingerprint) = (now, Convert.ToHexStringLower(SHA256.HashData([.. now.SelectMany(anchor => anchor)])));
            foreach (var (version, known) in _versions.ToList()) _versions[version] = new(known.Compiled, _anchors, metrics) { Streams = known.Streams };
            foreach (var (stream, workload) in _streams)
            {
                if (workload.Current is not { } current) continue;
                workload.Current = _versions[current.Compiled.Version];
                Enqueue(stream, workload);
            }
        }
    }

    /// <summary>The proxies that are connected, and whether each has acknowledged the anchors of now.</summary>
    public TrustingProxies Trusting()
    {
        lock (_gate)
        {
            var trusting = new Dictionary<ProxyName, bool>();
            // By reference: who acknowledged other anchors, or the same ones before they changed twice, is told again.
            foreach (var (stream, workload) in _streams) trusting[stream.Proxy] = ReferenceEquals(workload.Acknowledged?.Anchors, _anchors);
            return new(_fingerprint, trusting);
        }
    }

    /// <summary>Brings what depends on a change up to date.</summary>
    public void Apply(ClusterChange change)
    {
        List<ProxyStream> streams;
        lock (_gate)
        {
            _cluster = change.Snapshot;
            streams = Affected(change.Changes);
        }
        // The lock is given up between items, so that streams are served while a large change is compiled.
        foreach (var stream in streams)
        {
            lock (_gate)
            {
                if (_streams.ContainsKey(stream)) Compile(stream);
            }
        }
    }

    /// <summary>What is due to a stream.</summary>
    public bool TryTake(ProxyStream stream, [NotNullWhen(true)] out EncodedMessage? next)
    {
        WorkloadVersion? version = null;
        lock (_gate)
        {
            if (_streams.TryGetValue(stream, out var workload) && workload.IsPending)
            {
                (workload.IsPending, workload.Sent) = (false, workload.Current);
                version = workload.Current;
            }
        }
        next = version?.Encoded;
        return next is not null;
    }

    public void Acknowledge(ProxyStream stream, ulong version)
    {
        lock (_gate)
        {
            if (!_streams.TryGetValue(stream, out var workload) || workload.Sent is not { } sent || sent.Version != version) return;
            var isNews = workload.Refusal is not null || workload.Acknowledged?.Version != version;
            (workload.Acknowledged, workload.Refusal) = (sent, null);
            if (isNews) NoteProgress(sent);
        }
    }

    /// <returns>False where it answers nothing that was sent.</returns>
    public bool Refuse(ProxyStream stream, ulong version, string reason)
    {
        lock (_gate)
        {
            if (!_streams.TryGetValue(stream, out var workload) || workload.Sent is not { } sent || sent.Version != version) return false;
            workload.Refusal = reason.Length <= limits.ReasonLength ? reason : reason[..limits.ReasonLength];
            NoteProgress(sent);
        }
        metrics.Refused();
        return true;
    }

    /// <summary>How many of the proxies that a policy applies to decide by its newest version.</summary>
    public ProgrammedCount Programmed(AuthorizationRecord policy)
    {
        var (acknowledged, concerned) = (0, 0);
        string? refusal = null;
        lock (_gate)
        {
            foreach (var stream in _streamsByNamespace.Of([policy.Name.Namespace]))
            {
                var workload = _streams[stream];
                if (workload.Current?.Compiled.GenerationOf(policy.Name) is null) continue;
                concerned++;
                if (workload.Acknowledged?.Compiled.GenerationOf(policy.Name) == (policy.Latest.Metadata.Generation ?? 0)) acknowledged++;
                else if (workload.Refusal is { } reason) refusal ??= $"{stream.Proxy}: {reason}";
            }
        }
        return new(acknowledged, concerned, refusal);
    }

    private List<ProxyStream> Affected(ChangeSet changes) => changes.Everything
        ? [.. _streams.Keys]
        : [.. _streamsByNamespace.Of(changes.Namespaces).Concat(_streamsByPod.Of(changes.Pods)).Distinct()];

    private static NamespacedName PodOf(ProxyStream stream) => new(stream.Proxy.Namespace, stream.Proxy.Name);

    private void Compile(ProxyStream stream)
    {
        var workload = _streams[stream];
        var compiled = WorkloadCompiler.Compile(_cluster, PodOf(stream));
        Tell(compiled.Problems);
        if (workload.Current is { } before && before.Compiled.Version == compiled.Version) return;
        NoteProgress(workload.Current);
        Leave(workload.Current);
        if (!_versions.TryGetValue(compiled.Version, out var version)) _versions.Add(compiled.Version, version = new(compiled, _anchors, metrics));
        version.Streams++;
        workload.Current = version;
        NoteProgress(version);
        Enqueue(stream, workload);
    }

    private void Leave(WorkloadVersion? version)
    {
        if (version is not null && --version.Streams == 0) _versions.Remove(version.Compiled.Version);
    }

    private static void Enqueue(ProxyStream stream, StreamWorkload workload)
    {
        workload.IsPending = true;
        stream.Wake();
    }

    private void NoteProgress(WorkloadVersion? version)
    {
        if (version?.Compiled.Update.Authorization?.Policies is not { Count: > 0 } policies) return;
        var changes = new ChangeSet();
        foreach (var rules in policies) changes.Authorizations.Add(new(rules.Source.Namespace, rules.Source.Name));
        subscriptions.Applied.Add(changes);
    }

    // Once each: a namespace's word is compiled for each of its pods.
    private void Tell(IReadOnlyList<string> problems)
    {
        foreach (var problem in problems)
        {
            if (_told.Count < MostTold && _told.Add(problem)) LogStricter(problem);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Problem}")]
    private partial void LogStricter(string problem);
}
