using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Mesh.Proxy.CircuitBreaking;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Telemetry;

/// <summary>The proxy's instruments. <c>docs/reference/metrics.md</c> lists what they come out as.</summary>
internal sealed class ProxyMetrics : IDisposable
{
    public const string MeterName = "Mesh.Proxy";

    // Seconds. Loopback hops take well under a millisecond, and streams last for minutes.
    private static readonly double[] DurationBuckets =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly Meter _meter;
    private readonly ConcurrentDictionary<(Direction, string), RequestMetrics> _requests = new();

    public ProxyMetrics(IMeterFactory meters, IDestinationInventory inventory)
    {
        _meter = meters.Create(MeterName);
        _meter.CreateObservableCounter("mesh_requests", () => _requests.Values.SelectMany(requests => requests.Requests), description: "Requests whose answer has ended, by status and, where the proxy made the answer, error.");
        Duration = _meter.CreateHistogram<double>("mesh_request_duration", "s", "From a request's head to the end of its answer.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets });
        _meter.CreateObservableCounter("mesh_attempts", () => _requests.Values.SelectMany(requests => requests.Attempts), description: "Sends of a request to an endpoint, by status or failure.");
        _meter.CreateObservableCounter("mesh_retries", () => _requests.Values.SelectMany(requests => requests.Retries), description: "Sends after the first, by what the one before came to.");
        RetriesRefused = _meter.CreateCounter<long>("mesh_retries_refused", description: "Retries and hedges that were due and that the retry budget refused.");
        Hedges = _meter.CreateCounter<long>("mesh_hedges", description: "Second attempts made while the first was under way, by whether they were answered first.");
        Faults = _meter.CreateCounter<long>("mesh_faults", description: "Faults that policies had injected, by kind.");
        _meter.CreateObservableGauge("mesh_endpoints", () => CountEndpoints(inventory), description: "Endpoints by whether they are picked.");
        _meter.CreateObservableCounter("mesh_ejections", () => CountEjections(inventory), description: "Endpoints ejected from balancing, by why.");
        _meter.CreateObservableGauge("mesh_breaker_state", () => BreakerStates(inventory), description: "The breaker for a destination as a whole: 0 closed, 1 half-open, 2 open.");
        ShadowMetrics.AddTo(_meter, inventory);
        _meter.CreateObservableCounter("mesh_gc_collections", CountCollections, description: "Garbage collections by the oldest generation that they took in.");
        _meter.CreateObservableGauge("mesh_discovery_connected", () => inventory.Connected ? 1 : 0, description: "1 while an operator answers.");
    }

    public Histogram<double> Duration { get; }

    public Counter<long> RetriesRefused { get; }

    public Counter<long> Hedges { get; }

    public Counter<long> Faults { get; }

    /// <param name="direction">Which way.</param>
    /// <param name="destination">A name from a bounded set: a destination, an application, or what stands for the rest.</param>
    public RequestMetrics For(Direction direction, string destination) =>
        _requests.GetOrAdd((direction, destination), static (key, metrics) => new(metrics, key.Item1, key.Item2), this);

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> CountEjections(IDestinationInventory inventory) =>
        from destination in inventory.Destinations()
        from ejections in destination.Ejections
        where ejections.Value > 0
        select new Measurement<long>(ejections.Value, new("destination", destination.Name), new("reason", ReasonOf(ejections.Key)));

    // The runtime counts a collection of a generation among those of the younger ones too.
    private static IEnumerable<Measurement<long>> CountCollections() =>
        from generation in Enumerable.Range(0, GC.MaxGeneration + 1)
        let older = generation == GC.MaxGeneration ? 0 : GC.CollectionCount(generation + 1)
        select new Measurement<long>(GC.CollectionCount(generation) - older, new KeyValuePair<string, object?>("generation", generation.ToString(CultureInfo.InvariantCulture)));

    private static IEnumerable<Measurement<int>> BreakerStates(IDestinationInventory inventory) =>
        from destination in inventory.Destinations()
        where destination.Breaker is not null
        select new Measurement<int>(
            destination.Breaker switch { BreakerState.Open => 2, BreakerState.HalfOpen => 1, _ => 0 }, new KeyValuePair<string, object?>("destination", destination.Name));

    private static string ReasonOf(BreakerTrigger trigger) => trigger switch
    {
        BreakerTrigger.ConsecutiveFailures => "consecutive-failures",
        BreakerTrigger.FailurePercent => "failure-percent",
        BreakerTrigger.SlowCallPercent => "slow-call-percent",
        _ => "probe",
    };

    private static IEnumerable<Measurement<int>> CountEndpoints(IDestinationInventory inventory) =>
        from destination in inventory.Destinations()
        from state in destination.Endpoints.CountBy(endpoint => endpoint.State)
        select new Measurement<int>(state.Value, new("destination", destination.Name), new("state", state.Key.ToString()));
}
