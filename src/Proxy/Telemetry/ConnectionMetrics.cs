using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Listening;

namespace Mesh.Proxy.Telemetry;

/// <summary>The instruments of connections: those that are relayed, and those that ports accept. <c>docs/reference/metrics.md</c> lists them.</summary>
internal sealed class ConnectionMetrics
{
    // A client may ask for any name.
    private const int MostServerNames = 100;
    private const string OtherServerNames = "other";

    private readonly ConcurrentDictionary<(Direction, string), TcpMetrics> _tcp = new();
    private readonly ConcurrentDictionary<string, string> _serverNames = new(StringComparer.Ordinal);

    public ConnectionMetrics(IMeterFactory meters, PortRegistry ports)
    {
        var meter = meters.Create(ProxyMetrics.MeterName);
        Connections = meter.CreateCounter<long>("mesh_tcp_connections", description: "Relayed connections that have ended, by how, or by why they were not connected.");
        DetectionTimeouts = meter.CreateCounter<long>("mesh_detection_timeouts", description: "Connections whose first bytes were waited for in vain, and that were relayed as TCP.");
        ServerNames = meter.CreateCounter<long>("mesh_tls_connections", description: "Relayed TLS connections, by the server's name that the client asked for.");
        meter.CreateObservableGauge("mesh_tcp_open_connections", () => _tcp.Values.Select(tcp => tcp.Open), description: "Connections that are being relayed.");
        meter.CreateObservableCounter("mesh_tcp_sent", () => _tcp.Values.Select(tcp => tcp.SentBytes), "By", "Relayed from clients to upstreams.");
        meter.CreateObservableCounter("mesh_tcp_received", () => _tcp.Values.Select(tcp => tcp.ReceivedBytes), "By", "Relayed from upstreams to clients.");
        meter.CreateObservableGauge("mesh_port_connections", () => OpenConnections(ports), description: "Connections that a port has open.");
        meter.CreateObservableCounter("mesh_port_refused_connections", () => RefusedConnections(ports), description: "Connections that a port has reset, by reason.");
    }

    public Counter<long> Connections { get; }

    public Counter<long> DetectionTimeouts { get; }

    public Counter<long> ServerNames { get; }

    /// <param name="direction">Which way.</param>
    /// <param name="destination">A name from a bounded set: a destination, an application, or what stands for the rest.</param>
    public TcpMetrics For(Direction direction, string destination) =>
        _tcp.GetOrAdd((direction, destination), static (key, metrics) => new(metrics, key.Item1, key.Item2), this);

    /// <summary>The name, or what stands for all that come after the first hundred.</summary>
    public string Bounded(string serverName) =>
        _serverNames.ContainsKey(serverName) || _serverNames.Count < MostServerNames && _serverNames.TryAdd(serverName, serverName) ? serverName : OtherServerNames;

    private static IEnumerable<Measurement<long>> OpenConnections(PortRegistry ports) =>
        from port in ports.All
        where port.Bound is not null
        group port by port.Name into same
        select new Measurement<long>(same.Sum(port => port.OpenConnections), new KeyValuePair<string, object?>("port", same.Key));

    private static IEnumerable<Measurement<long>> RefusedConnections(PortRegistry ports) =>
        from port in ports.All
        from refusal in Enum.GetValues<ConnectionRefusal>()
        group port.RefusedConnections(refusal) by (port.Name, refusal) into counts
        where counts.Sum() > 0
        select new Measurement<long>(counts.Sum(), new("port", counts.Key.Name), new("reason", TcpMetrics.Label(counts.Key.refusal)));
}
