using System.Diagnostics.Metrics;
using Mesh.Proxy.Inbound.Concurrency;
using Mesh.Proxy.Inbound.RateLimiting;

namespace Mesh.Proxy.Inbound;

/// <summary>Counts what the policy does to the requests for one application.</summary>
internal sealed class InboundMeter(string application, InboundMetrics metrics)
{
    private readonly KeyValuePair<string, object?> _destination = new("destination", application);

    /// <summary>In force now; null: none.</summary>
    public RateLimiter? RateLimiter { get; set; }

    /// <summary>In force now; null: none.</summary>
    public AdaptiveLimiter? AdaptiveLimiter { get; set; }

    public void RateLimited(string limit) => metrics.RateLimited.Add(1, _destination, new("limit", limit));

    public void Shed(string priority) => metrics.Shed.Add(1, _destination, new("priority", priority));

    public IEnumerable<Measurement<int>> Buckets()
    {
        if (RateLimiter is not { } limiter) yield break;
        yield return new(limiter.Callers, _destination, new("limit", "caller"));
        yield return new(limiter.HeaderValues, _destination, new("limit", "header"));
    }

    public IEnumerable<Measurement<int>> Limit()
    {
        if (AdaptiveLimiter is { } limiter) yield return new(limiter.Limit, _destination);
    }

    public IEnumerable<Measurement<int>> InFlight()
    {
        if (AdaptiveLimiter is { } limiter) yield return new(limiter.InFlight, _destination);
    }

    public IEnumerable<Measurement<double>> Unhurried()
    {
        if (AdaptiveLimiter?.Unhurried is { } latency) yield return new(latency.TotalSeconds, _destination);
    }
}
