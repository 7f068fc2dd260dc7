using Mesh.Api.Discovery;
using Mesh.Proxy.Inbound.Concurrency;
using Mesh.Proxy.Inbound.RateLimiting;

namespace Mesh.Proxy.Inbound;

/// <summary>
/// The limits that a policy sets for one application. What they have counted goes over to the next policy's where that sets the
/// same: an edit of a timeout fills no bucket and forgets no limit.
/// </summary>
/// <param name="Rate">Null: none.</param>
/// <param name="Adaptive">Null: none.</param>
internal sealed record InboundLimits(RateLimiter? Rate, AdaptiveLimiter? Adaptive)
{
    public static readonly InboundLimits None = new(null, null);

    public bool AreSet => Rate is not null || Adaptive is not null;

    public InboundLimits Under(Policy? policy, Random random, TimeProvider time) => new(
        RateLimiter.IsSet(policy?.RateLimit) ? RateUnder(policy!.RateLimit, time) : null,
        policy?.Concurrency?.Adaptive is { } adaptive ? AdaptiveUnder(adaptive, random, time) : null);

    private RateLimiter RateUnder(RateLimit config, TimeProvider time) =>
        Rate is { } rate && rate.Config.Equals(config) ? rate : new(config, time);

    private AdaptiveLimiter AdaptiveUnder(AdaptiveConcurrency config, Random random, TimeProvider time) =>
        Adaptive is { } adaptive && adaptive.Config.Equals(config) ? adaptive : new(config, random, time, Adaptive);
}
