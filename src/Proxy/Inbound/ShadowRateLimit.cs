using Mesh.Proxy.Inbound.RateLimiting;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Shadow;

namespace Mesh.Proxy.Inbound;

/// <summary>Rate limits that would have refused a request, from buckets of their own.</summary>
internal sealed class ShadowRateLimit(RateLimiter limiter, ShadowTally tally) : ShadowObserver
{
    public override object? Begin(ShadowedRequest request)
    {
        if (!limiter.Admit(request.Message, request.Trace.Caller).Admitted) tally.Count(ShadowEffect.RateLimit);
        return null;
    }
}
