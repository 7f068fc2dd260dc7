using Mesh.Api.Discovery;
using Mesh.Proxy.CircuitBreaking;
using Breaker = Mesh.Proxy.CircuitBreaking.Breaker;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// A destination's endpoints: what discovery swaps whole, requests pick from without a lock, and attempts report to.
/// </summary>
/// <param name="random">Draws for balancing.</param>
/// <param name="time">The clock of everything beneath.</param>
/// <param name="zone">The proxy's own; empty where it is not known.</param>
internal sealed class EndpointSet(Random random, TimeProvider time, string zone = "") : IEndpointJudge
{
    private static readonly LoadBalancer DefaultBalancer = new() { Algorithm = LoadBalancerAlgorithm.PeakEwma };

    private readonly Ejections _ejections = new(time);
    private readonly ZoneSpillover _spillover = new(random, time);
    private LoadBalancer _balancer = DefaultBalancer;
    private volatile Selection _selection = new(EndpointPickers.Create(DefaultBalancer.Algorithm, random));
    private volatile FailureClassifier _failures = new(null);
    private uint _panicPercent;
    private long _noneSetAsideFrom = long.MinValue;

    public IReadOnlyList<LiveEndpoint> All => _selection.All;

    /// <summary>Ejections since the destination is known, by why.</summary>
    public long Ejected(BreakerTrigger trigger) => _ejections.Count(trigger);

    /// <summary>Takes over a policy; endpoints keep what they have learnt. Not at the same time as <see cref="Replace"/>.</summary>
    public void Configure(Policy policy)
    {
        var breaker = policy.CircuitBreaker;
        _failures = new(breaker);
        Volatile.Write(ref _panicPercent, breaker?.PanicPercent ?? 0);
        _ejections.Configure(BreakerRules.Of(breaker?.Endpoint), breaker?.MaxEjectedPercent ?? 0);

        var before = _balancer.Algorithm;
        _balancer = policy.LoadBalancer ?? DefaultBalancer;
        var selection = _selection;
        _selection = Select(selection.All, _balancer.Algorithm == before ? selection : new(EndpointPickers.Create(_balancer.Algorithm, random)));
    }

    /// <summary>The destination has these endpoints from now on.</summary>
    public void Replace(LiveEndpoint[] endpoints)
    {
        var selection = Select(endpoints, _selection);
        _ejections.Replace(endpoints, () => _selection = selection);
    }

    /// <summary>
    /// Picks and leases an endpoint: of those that are neither ejected nor set aside one that the request has not tried, where there
    /// is one; else one that it has tried; else one that is set aside.
    /// </summary>
    /// <param name="tried">The request's attempts so far.</param>
    /// <param name="key">The hash of what it is to stick to; null where it has nothing of the kind.</param>
    /// <returns>Null where the destination has no endpoint, or all are ejected.</returns>
    public Lease? Lease(IReadOnlyList<Attempt> tried, ulong? key = null)
    {
        while (true)
        {
            var selection = _selection;
            if (selection.All.Length == 0) return null;

            var context = selection.ContextAt(time.GetTimestamp(), key);
            var allAreFresh = tried.Count == 0 && _ejections.Current == 0 && context.Now >= Volatile.Read(ref _noneSetAsideFrom);
            if (allAreFresh)
            {
                if (TryLease(selection.Pick(context), context.Now, isPanic: false, out var lease)) return lease;
            }
            else
            {
                if (tried.Count == 0 && key is null && TryProbe(selection, context.Now, out var probe)) return probe;
                var isPanic = IsPanic(selection.All, context.Now);
                var ranking = new Ranking(tried, context.Now, mayProbe: tried.Count == 0, isPanic);
                if (PickBest(selection, context, ranking) is not { } best) return null;
                if (TryLease(best, context.Now, isPanic, out var lease)) return lease;
            }
        }
    }

    /// <inheritdoc/>
    public void Report(in Lease lease, in AttemptVerdict verdict)
    {
        var failed = _failures.HasFailed(verdict);
        Learn(lease.Endpoint, verdict, failed);
        _ejections.Judge(lease, failed, verdict.Duration);
    }

    private Selection Select(LiveEndpoint[] endpoints, Selection before)
    {
        var sticks = _balancer.Algorithm is LoadBalancerAlgorithm.RingHash or LoadBalancerAlgorithm.Maglev;
        return new(
            before, endpoints, Zones.Of(endpoints, zone, _balancer.Zone),
            sticks ? default : SlowStart.Of(_balancer.SlowStart?.ToTimeSpan(), time), sticks ? null : _spillover);
    }

    private void Learn(LiveEndpoint endpoint, in AttemptVerdict verdict, bool? failed)
    {
        if (verdict.End == AttemptEnd.ConnectFailed)
        {
            Refused(endpoint);
        }
        else if (failed == true || verdict.End == AttemptEnd.Shed)
        {
            endpoint.Latency.ObserveFailure(verdict.Duration);
            if (verdict.End == AttemptEnd.TimedOut) _selection.Observe(endpoint, verdict.Duration);
            if (verdict.End == AttemptEnd.Shed) _selection.ObserveShed(endpoint);
        }
        else if (failed is null)
        {
            endpoint.Latency.ObserveAbandoned(verdict.Duration);
        }
        else
        {
            endpoint.Latency.Observe(verdict.Duration);
            _selection.Observe(endpoint, verdict.Duration);
        }
    }

    private void Refused(LiveEndpoint endpoint)
    {
        endpoint.SetAside.Refused();
        var until = endpoint.SetAside.Until;
        long seen;
        do
        {
            seen = Volatile.Read(ref _noneSetAsideFrom);
            if (until <= seen) return;
        }
        while (Interlocked.CompareExchange(ref _noneSetAsideFrom, until, seen) != seen);
    }

    private bool TryLease(LiveEndpoint endpoint, long now, bool isPanic, out Lease lease)
    {
        var breaker = endpoint.Breaker;
        var ticket = Breaker.NoTicket;
        // It may have been ejected, or another request be its probe, since it was picked.
        var isOut = breaker is not null && !breaker.TryEnter(out ticket);
        lease = new(endpoint, this, breaker, ticket, now);
        if (isOut && !isPanic) return false;
        if (endpoint.TryLease()) return true;
        breaker?.Withdraw(ticket);
        return false;
    }

    // The first attempt of whatever request comes next. A retry is not risked on it, nor a request that belongs elsewhere.
    private bool TryProbe(Selection selection, long now, out Lease lease)
    {
        foreach (var endpoint in selection.All)
        {
            if (endpoint.Breaker is { } breaker && breaker.AwaitsProbe(now) && TryLease(endpoint, now, isPanic: false, out lease)) return true;
        }
        lease = default;
        return false;
    }

    private bool IsPanic(LiveEndpoint[] endpoints, long now)
    {
        var percent = Volatile.Read(ref _panicPercent);
        if (percent == 0) return false;
        var left = 0;
        foreach (var endpoint in endpoints)
        {
            if (endpoint.Breaker is not { IsClosed: false } && !endpoint.SetAside.IsActiveAt(now)) left++;
        }
        return left * 100L < endpoints.Length * (long)percent;
    }

    private static LiveEndpoint? PickBest(Selection selection, in PickContext context, in Ranking ranking)
    {
        if (selection.Far.Length > 0)
        {
            using var near = Shortlist.Of(selection.Near, ranking);
            using var far = Shortlist.Of(selection.Far, ranking);
            if (near.Rank == Rank.Fresh)
            {
                return far.Rank == Rank.Fresh && selection.Spills(context.Now)
                    ? selection.FarPicker.Pick(far.Endpoints, context)
                    : selection.NearPicker.Pick(near.Endpoints, context);
            }
        }
        using var all = Shortlist.Of(selection.All, ranking);
        return all.Rank == Rank.Out ? null : selection.Picker.Pick(all.Endpoints, context);
    }
}
