using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Shadow;

/// <summary>The bulkhead: requests that would have found every place taken, and as many waiting as may. How long those would have waited nobody knows.</summary>
internal sealed class ShadowBulkhead(long places, ShadowTally tally) : ShadowObserver
{
    private static readonly object Inside = new();

    private long _inside;

    public override object? Begin(ShadowedRequest request)
    {
        if (Interlocked.Increment(ref _inside) <= places) return Inside;
        Interlocked.Decrement(ref _inside);
        tally.Count(ShadowEffect.Concurrency);
        return null;
    }

    public override void End(ShadowedRequest request, object? state, in AttemptVerdict verdict)
    {
        if (state is not null) Interlocked.Decrement(ref _inside);
    }
}
