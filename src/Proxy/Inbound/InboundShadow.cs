using Mesh.Api.Discovery;
using Mesh.Proxy.Inbound.RateLimiting;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Shadow;

namespace Mesh.Proxy.Inbound;

/// <summary>What a shadow policy watches for at the application's side, put together where it differs from the policy in force.</summary>
internal static class InboundShadow
{
    /// <returns>Null where there is nothing to watch for.</returns>
    public static ShadowHandler? Watch(ShadowPolicy shadow, Policy inForce, TimeProvider time)
    {
        ShadowObserver[] observers = [.. new ShadowObserver?[] { Rate(shadow, inForce, time), Adaptive(shadow, inForce, time) }.OfType<ShadowObserver>()];
        return observers.Length == 0 ? null : new(observers, shadow.Tally, time);
    }

    private static ShadowRateLimit? Rate(ShadowPolicy shadow, Policy inForce, TimeProvider time) =>
        !RateLimiter.IsSet(shadow.Policy.RateLimit) || shadow.Policy.RateLimit.Equals(inForce.RateLimit) ? null : new(new(shadow.Policy.RateLimit, time), shadow.Tally);

    private static ShadowAdaptive? Adaptive(ShadowPolicy shadow, Policy inForce, TimeProvider time)
    {
        if (shadow.Policy.Concurrency is not { Adaptive: { } adaptive } concurrency || adaptive.Equals(inForce.Concurrency?.Adaptive)) return null;
        return new(new(adaptive, Random.Shared, time), new(concurrency.Priorities), shadow.Tally);
    }
}
