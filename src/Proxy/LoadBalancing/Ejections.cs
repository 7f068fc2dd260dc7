using Mesh.Proxy.CircuitBreaking;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// Takes endpoints whose breaker trips out of balancing, as long as no more are out than may be.
/// Source: Envoy's outlier detection; that the cap holds exactly, and that one probe decides on an endpoint's return, is ours.
/// </summary>
/// <remarks>
/// An endpoint is ejected while its breaker is not closed. Breakers leave the closed state under one lock for the whole
/// destination, where those that are out already are counted: the cap holds whatever happens at the same time. Verdicts that
/// change nothing take no lock.
/// </remarks>
internal sealed class Ejections(TimeProvider time)
{
    private readonly Lock _changing = new();
    private readonly long[] _counts = new long[Enum.GetValues<BreakerTrigger>().Length];
    private LiveEndpoint[] _endpoints = [];
    private BreakerRules? _rules;
    private uint _maxPercent;
    private int _limit;
    private int _current;

    /// <summary>Endpoints that are out now, those that are being probed among them.</summary>
    public int Current => Volatile.Read(ref _current);

    /// <summary>Ejections since the destination is known, by why.</summary>
    public long Count(BreakerTrigger trigger) => Volatile.Read(ref _counts[(int)trigger]);

    /// <summary>Takes over a policy. Breakers whose rules stay the same stay as they are.</summary>
    /// <param name="rules">Null: nothing is ejected.</param>
    /// <param name="maxPercent">The share of the endpoints that may be out.</param>
    public void Configure(BreakerRules? rules, uint maxPercent)
    {
        lock (_changing)
        {
            (_rules, _maxPercent) = (rules, maxPercent);
            Take(_endpoints);
        }
    }

    /// <summary>The destination has these endpoints from now on.</summary>
    /// <param name="endpoints">Those that are out and too many for so few return, the one whose time would have been up first before others.</param>
    /// <param name="publish">Has requests pick from them; called when the cap holds for them.</param>
    public void Replace(LiveEndpoint[] endpoints, Action publish)
    {
        lock (_changing)
        {
            Take(endpoints);
            publish();
        }
    }

    /// <summary>Takes in the verdict on an attempt.</summary>
    /// <param name="lease">The attempt's.</param>
    /// <param name="failed">Null where the attempt says nothing about the endpoint.</param>
    /// <param name="duration">To the answer's head, or to the failure.</param>
    public void Judge(in Lease lease, bool? failed, TimeSpan duration)
    {
        if (lease.Breaker is not { } breaker || lease.Ticket == Breaker.NoTicket) return;
        if (failed is null)
        {
            breaker.Withdraw(lease.Ticket);
            return;
        }
        switch (breaker.Record(lease.Ticket, failed.Value, duration, out var trigger))
        {
            case BreakerStep.Tripped when Current < Volatile.Read(ref _limit):
                TryEject(lease, trigger);
                break;
            case BreakerStep.Reopened:
                Interlocked.Increment(ref _counts[(int)trigger]);
                break;
            case BreakerStep.Closed:
                lock (_changing) Recount();
                break;
        }
    }

    private void TryEject(in Lease lease, BreakerTrigger trigger)
    {
        lock (_changing)
        {
            Recount();
            if (_current >= _limit || !ReferenceEquals(lease.Endpoint.Breaker, lease.Breaker) || Array.IndexOf(_endpoints, lease.Endpoint) < 0) return;
            // Requests look for ejected endpoints only where there are some: it is counted before it is out.
            Volatile.Write(ref _current, _current + 1);
            if (lease.Breaker!.TryOpen(lease.Ticket)) Interlocked.Increment(ref _counts[(int)trigger]);
            else Recount();
        }
    }

    private void Take(LiveEndpoint[] endpoints)
    {
        foreach (var endpoint in endpoints)
        {
            if (endpoint.Breaker?.Rules != _rules) endpoint.Breaker = _rules is null ? null : new(_rules, time);
        }
        _endpoints = endpoints;
        Volatile.Write(ref _limit, EjectionLimit.Of(endpoints.Length, _maxPercent));
        var ejected = endpoints.Where(IsEjected).OrderBy(endpoint => endpoint.Breaker!.Until).ToList();
        foreach (var surplus in ejected.Take(ejected.Count - _limit)) surplus.Breaker!.Close();
        Recount();
    }

    private void Recount() => Volatile.Write(ref _current, _endpoints.Count(IsEjected));

    private static bool IsEjected(LiveEndpoint endpoint) => endpoint.Breaker is { IsClosed: false };
}
