using System.Collections.Frozen;
using Mesh.Proxy.CircuitBreaking;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Shadow;

/// <summary>
/// Ejection: each endpoint has a double with a breaker of its own, on which the real one's attempts are tried. Traffic goes on to an
/// endpoint that would be ejected; nothing of it counts until a probe would be due, and then the next attempt is the probe.
/// </summary>
internal sealed class ShadowEjections : ShadowObserver
{
    private readonly FailureClassifier _classifier;
    private readonly Ejections _ejections;
    private readonly ShadowTally _tally;
    private readonly TimeProvider _time;
    private readonly Lock _judging = new();
    private FrozenDictionary<string, LiveEndpoint> _doubles = FrozenDictionary<string, LiveEndpoint>.Empty;
    private IReadOnlyList<LiveEndpoint>? _doubled;

    /// <param name="policy">With a trigger for endpoints.</param>
    /// <param name="tally">Where they are counted.</param>
    /// <param name="time">The clock.</param>
    public ShadowEjections(Api.Discovery.CircuitBreaker policy, ShadowTally tally, TimeProvider time)
    {
        (_classifier, _ejections, _tally, _time) = (new(policy), new(time), tally, time);
        _ejections.Configure(BreakerRules.Of(policy.Endpoint), policy.MaxEjectedPercent);
    }

    /// <summary>The destination has these endpoints from now on.</summary>
    public void Replace(IReadOnlyList<LiveEndpoint> endpoints)
    {
        if (ReferenceEquals(endpoints, _doubled)) return;
        _doubled = endpoints;
        var before = Volatile.Read(ref _doubles);
        var doubles = endpoints.ToFrozenDictionary(endpoint => endpoint.Key, endpoint => before.GetValueOrDefault(endpoint.Key) ?? DoubleOf(endpoint));
        _ejections.Replace([.. doubles.Values], () => Volatile.Write(ref _doubles, doubles));
    }

    public override void End(ShadowedRequest request, object? state, in AttemptVerdict verdict)
    {
        foreach (var attempt in request.Trace.Attempts)
        {
            if (Volatile.Read(ref _doubles).TryGetValue(attempt.Endpoint.Key, out var endpoint)) Judge(endpoint, attempt.Verdict);
        }
    }

    private void Judge(LiveEndpoint endpoint, in AttemptVerdict attempt)
    {
        if (endpoint.Breaker is not { } breaker) return;
        // One at a time, so that each ejection is counted once.
        lock (_judging)
        {
            if (!breaker.TryEnter(out var ticket)) return;
            _ejections.Judge(new Lease(endpoint, Judge: null, breaker, ticket), _classifier.HasFailed(attempt), attempt.Duration);
            if (breaker.State is BreakerState.Open) _tally.CountEjection(endpoint.Key);
        }
    }

    private LiveEndpoint DoubleOf(LiveEndpoint endpoint) =>
        new(endpoint.Address, endpoint.Pod, _ => throw new InvalidOperationException($"{endpoint.Key}: a double is never sent to"), _time);
}
