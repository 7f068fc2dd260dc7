using Mesh.Api.Discovery;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Discovery;

/// <summary>
/// What policies in mode Shadow would have done, as proxies report it. It holds one tally for each such policy, whoever reports
/// and however often, and shows what has been published, so that statuses are not rewritten with every report.
/// </summary>
internal sealed class ShadowLedger(DiscoveryMetrics metrics, TimeProvider time)
{
    // A proxy reports every few seconds: whatever claims more is no proxy of ours, and must not drown the others.
    private const ulong MostInAReport = 1_000_000_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<NamespacedName, Tally> _tallies = [];

    /// <summary>Counts a report for each of the policies that the version it speaks of was made from.</summary>
    public void Add(CompiledDestination reported, ShadowReport report)
    {
        if (reported.Shadow is not { Sources.Count: > 0 } shadow) return;
        var requests = (long)Math.Min(report.Requests, MostInAReport);
        var decisions = (from decision in report.Decisions
                         where decision.Count > 0 && ShadowDecisions.IsKnown(decision.Decision)
                         group (long)Math.Min(decision.Count, MostInAReport) by decision.Decision into counts
                         select (Decision: counts.Key, Count: counts.Aggregate(0L, (sum, count) => Math.Min(sum + count, (long)MostInAReport)))).ToList();
        var ejected = Ejected(reported, report);
        foreach (var source in shadow.Sources)
        {
            var policy = new NamespacedName(source.Namespace, source.Name);
            lock (_gate)
            {
                if (!_tallies.TryGetValue(policy, out var tally) || tally.Generation < source.Generation)
                    _tallies[policy] = tally = new(source.Generation, time.GetUtcNow());
                // A late word on a generation that is over.
                if (tally.Generation > source.Generation) continue;
                tally.Add(requests, decisions, ejected);
            }
            metrics.ShadowReported(policy, requests, decisions);
        }
    }

    // Only what is an endpoint of the destination can have been ejected from it.
    private static List<string> Ejected(CompiledDestination reported, ShadowReport report)
    {
        var named = report.Decisions.Where(decision => decision.Decision == ShadowDecisions.Eject).SelectMany(decision => decision.Endpoints).ToHashSet(StringComparer.Ordinal);
        return named.Count == 0 ? [] : [.. reported.Endpoints.Select(endpoint => Authority.EndpointKey(endpoint.Address, (int)endpoint.Port)).Where(named.Contains)];
    }

    /// <summary>Makes what has been counted what is shown, and forgets policies that are evaluated no more.</summary>
    /// <returns>The policies of which that is news.</returns>
    public IReadOnlyList<NamespacedName> Publish(ClusterSnapshot cluster)
    {
        lock (_gate)
        {
            foreach (var (policy, tally) in _tallies)
            {
                if (cluster.Policies.GetValueOrDefault(policy)?.InForce is not { } inForce || PolicyMerge.IsEnforced(inForce) || tally.Generation > (inForce.Metadata.Generation ?? 0))
                    _tallies.Remove(policy);
            }
            return [.. _tallies.Where(tally => tally.Value.Publish()).Select(tally => tally.Key)];
        }
    }

    /// <summary>What has been published of a policy's generation; null where nothing has.</summary>
    public ShadowCount? Of(NamespacedName policy, long generation)
    {
        lock (_gate) return _tallies.TryGetValue(policy, out var tally) && tally.Generation == generation ? tally.Published : null;
    }

    private sealed class Tally(long generation, DateTimeOffset since)
    {
        private readonly SortedDictionary<string, long> _decisions = new(StringComparer.Ordinal);
        private readonly SortedSet<string> _ejected = new(StringComparer.Ordinal);
        private long _requests;
        private bool _hasNews;

        public long Generation => generation;

        public ShadowCount? Published { get; private set; }

        public void Add(long requests, IEnumerable<(string Decision, long Count)> decisions, IEnumerable<string> ejected)
        {
            _hasNews = true;
            _requests = ShadowCount.Sum(_requests, requests);
            foreach (var (decision, count) in decisions) _decisions[decision] = ShadowCount.Sum(_decisions.GetValueOrDefault(decision), count);
            foreach (var endpoint in ejected)
            {
                if (_ejected.Count < ShadowCount.MostEjected) _ejected.Add(endpoint);
            }
        }

        public bool Publish()
        {
            if (!_hasNews) return false;
            _hasNews = false;
            Published = new(since, _requests, [.. _decisions.OrderByDescending(decision => decision.Value).Select(decision => new DecisionCount(decision.Key, decision.Value))], [.. _ejected]);
            return true;
        }
    }
}
