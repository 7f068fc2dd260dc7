using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Inbound.Concurrency;
using Mesh.Proxy.Inbound.RateLimiting;
using Mesh.Proxy.Resilience;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Shadow;

namespace Mesh.Proxy.Inbound;

/// <summary>The way of a request to the application, put together for one policy.</summary>
internal static class InboundStack
{
    /// <summary>
    /// Outermost first. What the policy doesn't ask for is left out. timeouts and all that is about several endpoints are the client's
    /// sidecar's; here a request is held to the deadline that it carries.
    /// </summary>
    /// <param name="destination">Whose policy it is; null where there is none.</param>
    /// <param name="limits">What the limits have counted and found out, which outlives the policy.</param>
    /// <param name="application">Sends to the application; stays when the stack goes.</param>
    /// <param name="meter">Counts.</param>
    /// <param name="time">The clock.</param>
    public static HttpMessageInvoker Build(
        Destination? destination, InboundLimits limits, HttpMessageInvoker application, InboundMeter meter, TimeProvider time) =>
        new(
            HandlerStack.Compose(
            [
                Shadow(destination, time),
                new DeadlineHandler("the application", timeout: null, time),
                limits.AreSet ? new ProbeHandler(application, time) : null,
                limits.Rate is { } rate ? new RateLimitHandler(destination!.Name, rate, meter.RateLimited) : null,
                limits.Adaptive is { } adaptive ? new AdaptiveConcurrencyHandler(destination!.Name, adaptive, Priorities(destination), meter.Shed, time) : null,
                new InvokingHandler(application),
            ]),
            disposeHandler: false);

    private static ShadowHandler? Shadow(Destination? destination, TimeProvider time) => destination?.Shadow is { } shadow
        ? InboundShadow.Watch(shadow, destination.Policy, time)
        : null;

    private static PriorityRules Priorities(Destination destination) => new(destination.Policy.Concurrency.Priorities);
}
