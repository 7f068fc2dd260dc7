using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Inbound;

/// <summary>The instruments of the inbound side's policy. <c>docs/reference/metrics.md</c> lists what they come out as.</summary>
internal sealed class InboundMetrics
{
    private readonly ConcurrentDictionary<string, InboundMeter> _applications = new(StringComparer.Ordinal);

    public InboundMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(ProxyMetrics.MeterName);
        RateLimited = meter.CreateCounter<long>("mesh_rate_limited", description: "Requests that a rate limit refused, by limit.");
        Shed = meter.CreateCounter<long>("mesh_shed", description: "Requests that the adaptive limit shed, by priority.");
        meter.CreateObservableGauge("mesh_rate_limit_buckets", () => Each(application => application.Buckets()), description: "Buckets kept for callers and for values of the header.");
        meter.CreateObservableGauge("mesh_adaptive_limit", () => Each(application => application.Limit()), description: "Requests that the application is taken to bear at a time.");
        meter.CreateObservableGauge("mesh_adaptive_in_flight", () => Each(application => application.InFlight()), description: "Requests that the application has and has not begun to answer.");
        meter.CreateObservableGauge("mesh_adaptive_unhurried", () => Each(application => application.Unhurried()), "s", "The time to an answer's head while the application has little to do.");
    }

    public Counter<long> RateLimited { get; }

    public Counter<long> Shed { get; }

    /// <param name="application">Its address: the label <c>destination</c>.</param>
    public InboundMeter For(string application) => _applications.GetOrAdd(application, static (key, metrics) => new(key, metrics), this);

    private IEnumerable<Measurement<T>> Each<T>(Func<InboundMeter, IEnumerable<Measurement<T>>> measure)
        where T : struct => _applications.Values.SelectMany(measure);
}
