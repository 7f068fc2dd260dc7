using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Shadow;

/// <summary>timeouts.request and timeouts.attempt: what took longer, whatever came of it, would have been cut.</summary>
internal sealed class ShadowTimeouts(TimeSpan? request, TimeSpan? attempt, ShadowTally tally) : ShadowObserver
{
    /// <summary>Those in which two policies differ.</summary>
    /// <returns>Null where they don't, or where the shadow has none.</returns>
    public static ShadowTimeouts? Of(Timeouts? shadow, Timeouts? inForce, ShadowTally tally)
    {
        var request = Equals(shadow?.Request, inForce?.Request) ? null : shadow?.Request?.ToTimeSpan();
        var attempt = Equals(shadow?.Attempt, inForce?.Attempt) ? null : shadow?.Attempt?.ToTimeSpan();
        return request is null && attempt is null ? null : new(request, attempt, tally);
    }

    public override void Head(ShadowedRequest shadowed, object? state)
    {
        if (shadowed.TimeToHead >= request) tally.Count(ShadowEffect.RequestTimeout);
    }

    public override void End(ShadowedRequest shadowed, object? state, in AttemptVerdict verdict)
    {
        foreach (var each in shadowed.Trace.Attempts)
        {
            if (each.Duration >= attempt) tally.Count(ShadowEffect.AttemptTimeout);
        }
    }
}
