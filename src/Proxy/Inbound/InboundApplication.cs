using System.Net;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Inbound;

/// <summary>
/// One application beside this proxy, with the stack that leads to it. The stack is put together anew when the policy changes;
/// requests that are on their way through the old one end there.
/// </summary>
internal sealed class InboundApplication(
    IPEndPoint address, Func<Destination?> destination, HttpMessageInvoker connections, IRequestMetrics metrics, InboundMeter meter, Random random, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly string _name = address.ToString();
    private volatile Composed? _current;

    /// <summary>Where a request goes, under the policy in force.</summary>
    public Upstream Upstream => _current is { } current && ReferenceEquals(current.Destination, destination()) ? current.Upstream : Compose();

    private Upstream Compose()
    {
        lock (_lock)
        {
            var now = destination();
            if (_current is { } current && ReferenceEquals(current.Destination, now)) return current.Upstream;
            var limits = (_current?.Limits ?? InboundLimits.None).Under(now?.Policy, random, time);
            (meter.RateLimiter, meter.AdaptiveLimiter) = (limits.Rate, limits.Adaptive);
            // The application has no word in the mesh's own headers, whatever destination it serves.
            var upstream = new Upstream(_name, "http://" + _name, InboundStack.Build(now, limits, connections, meter, time), Destination: null, metrics);
            _current = new(now, limits, upstream);
            return upstream;
        }
    }

    private sealed record Composed(Destination? Destination, InboundLimits Limits, Upstream Upstream);
}
