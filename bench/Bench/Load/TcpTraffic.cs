using System.Net;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Load;

/// <summary>TCP to a server that echoes: what relaying costs.</summary>
internal sealed class TcpTraffic(TcpKind kind, TimeProvider time) : ITraffic
{
    private const int Connections = 8;
    private const double Mebibyte = 1 << 20;

    private readonly EchoServer _backend = new();

    public string Name => kind switch
    {
        TcpKind.RoundTrips => "TCP, round trips of 100 bytes",
        TcpKind.Bulk => "TCP, in bulk",
        _ => "TCP, a connection for each byte",
    };

    public string Description => kind switch
    {
        TcpKind.RoundTrips => $"To a server that echoes, over {Connections} connections.",
        TcpKind.Bulk => $"To a server that echoes, over {Connections} connections that never pause, 256 KiB at a time.",
        _ => $"To a server that echoes, {Connections} at a time; with mTLS, a handshake for each.",
    };

    public string Unit => kind switch { TcpKind.RoundTrips => "round trip", TcpKind.Bulk => "MiB", _ => "connection" };

    public Wire Wire => Wire.Tcp;

    public Task<IPEndPoint> StartBackendAsync(Stage stage, CancellationToken stop) => Task.FromResult(_backend.Address);

    public async Task<double> RunAsync(IPEndPoint address, TimeSpan length, CancellationToken stop) => kind switch
    {
        TcpKind.RoundTrips => await TcpLoad.PingPongAsync(address, Connections, length, time),
        TcpKind.Bulk => await TcpLoad.BulkAsync(address, Connections, length, time) / Mebibyte,
        _ => await TcpLoad.ConnectionsAsync(address, Connections, length, time),
    };

    public ValueTask DisposeAsync() => _backend.DisposeAsync();
}
