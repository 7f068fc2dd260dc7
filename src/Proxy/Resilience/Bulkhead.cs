using System.Diagnostics.CodeAnalysis;
using System.Threading.RateLimiting;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Resilience;

/// <summary>A destination's places, which stay taken through a change of policy that leaves their number alone.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A limiter holds nothing but memory, and requests may still wait for it when the destination has gone.")]
internal sealed class Bulkhead
{
    private (uint Places, uint Queue) _bounds;
    private ConcurrencyLimiter? _limiter;

    /// <summary>The limiter for these bounds. Requests under way when they change keep the places that they have.</summary>
    public ConcurrencyLimiter For(Concurrency concurrency)
    {
        var bounds = (concurrency.MaxRequests, concurrency.QueueLength);
        if (_limiter is null || bounds != _bounds)
        {
            _bounds = bounds;
            _limiter = new(new()
            {
                PermitLimit = (int)Math.Min(concurrency.MaxRequests, int.MaxValue),
                QueueLimit = (int)Math.Min(concurrency.QueueLength, int.MaxValue),
                QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
            });
        }
        return _limiter;
    }
}
