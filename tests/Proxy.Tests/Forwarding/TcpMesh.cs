using System.Net;
using System.Net.Sockets;
using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Forwarding;

/// <summary>A client, a port that relays, and the server behind it, which the test plays.</summary>
internal sealed class TcpMesh : IAsyncDisposable
{
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly EventLoops _loops = new();
    private readonly PortServer _ports;

    private TcpMesh(AppProtocol protocol, TimeSpan? idleTimeout, int maxConnections, Func<IPEndPoint, ITcpDialer>? dialer)
    {
        _server.Start();
        var ports = new PortRegistry();
        var route = new TcpRoute(
            "server", dialer?.Invoke(Server) ?? new AddressDialer(Server, TimeSpan.FromSeconds(5), MeshErrorCode.ConnectFailed, ports, TimeProvider.System),
            idleTimeout, Metrics, Clock, NullLogger.Instance);
        var plan = new DestinationPlan(protocol, route);
        Port = new("test", new(IPAddress.Loopback, 0), context => context.Response.WriteAsync("http"), (_, _) => new(plan.Now(Server.Port))) { MaxConnections = maxConnections };
        _ports = new(ports.Add(Port), _loops, Patience, Clock, NullLoggerFactory.Instance);
    }

    public static TimeSpan Patience { get; } = TimeSpan.FromMilliseconds(100);

    public FakeTimeProvider Clock { get; } = new();

    public RecordedTcpMetrics Metrics { get; } = new();

    public Port Port { get; }

    public IPEndPoint Server => (IPEndPoint)_server.LocalEndpoint;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<TcpMesh> StartAsync(
        AppProtocol protocol = AppProtocol.Opaque, TimeSpan? idleTimeout = null, int maxConnections = 100, Func<IPEndPoint, ITcpDialer>? dialer = null)
    {
        var mesh = new TcpMesh(protocol, idleTimeout, maxConnections, dialer);
        await mesh._ports.StartAsync(Cancellation);
        return mesh;
    }

    public async Task<Socket> ConnectAsync()
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(Port.Bound!, Cancellation);
        return client;
    }

    /// <summary>Connects, and says what became of the connection. A reset may come before the client knows that it is connected.</summary>
    public async Task<SocketError> ConnectInVainAsync()
    {
        try
        {
            using var client = await ConnectAsync();
            return await client.ReceiveErrorAsync();
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode;
        }
    }

    /// <summary>Lets the time pass that first bytes are waited for.</summary>
    /// <returns>Whether something has happened that this was to bring about.</returns>
    public bool AdvanceUntil(Task happened)
    {
        if (!happened.IsCompleted) Clock.Advance(Patience);
        return happened.IsCompleted;
    }

    public ValueTask<Socket> AcceptAsync() => _server.AcceptSocketAsync(Cancellation);

    /// <summary>A connection through the proxy, from both ends.</summary>
    public async Task<(Socket Client, Socket Server)> OpenAsync()
    {
        var client = await ConnectAsync();
        return (client, await AcceptAsync());
    }

    public void StopServer() => _server.Stop();

    public Task StopAsync(CancellationToken cancellationToken) => _ports.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _server.Dispose();
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _ports.StopAsync(now.Token);
        await _ports.DisposeAsync();
        _loops.Dispose();
        Metrics.Dispose();
    }
}
