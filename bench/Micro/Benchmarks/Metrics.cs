using BenchmarkDotNet.Attributes;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Telemetry;
using OpenTelemetry.Metrics;

namespace Mesh.Micro.Benchmarks;

/// <summary>What counting a request takes, with the exporter that the proxy has.</summary>
public class Metrics
{
    private static readonly TimeSpan Elapsed = TimeSpan.FromMilliseconds(3);

    private readonly DefaultHttpContext _context = new() { Request = { Method = "GET", Protocol = "HTTP/1.1" } };
    private ServiceProvider _services = new ServiceCollection().BuildServiceProvider();
    private RequestMetrics? _metrics;

    [GlobalSetup]
    public void Setup()
    {
        var services = new ServiceCollection();
        services.AddMetrics().AddSingleton<IDestinationInventory, NoDestinations>().AddSingleton<ProxyMetrics>();
        services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(ProxyMetrics.MeterName).AddPrometheusExporter());
        _services = services.BuildServiceProvider();
        _services.GetRequiredService<MeterProvider>();
        _metrics = _services.GetRequiredService<ProxyMetrics>().For(Direction.Inbound, "127.0.0.1:8080");
    }

    [GlobalCleanup]
    public void Cleanup() => _services.Dispose();

    [Benchmark(Description = "count a request and its duration")]
    public void Record() => _metrics!.Record(_context, exchange: null, failure: null, Elapsed);

    private sealed class NoDestinations : IDestinationInventory
    {
        public bool Connected => true;

        public bool HasConnected => true;

        public IReadOnlyList<DestinationReport> Destinations() => [];

        public IReadOnlyList<string> UnknownAuthorities() => [];
    }
}
