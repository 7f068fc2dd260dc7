using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;
using Mesh.Api.Discovery;
using Mesh.Proxy.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>
/// Accepts a port's connections, tells each one's protocol from its first bytes without consuming them, and hands HTTP to that
/// version's listener and all else to who carries it. One that sends nothing holds up no other.
/// </summary>
internal sealed partial class PortAcceptor(
    Port port, EventLoops loops, SocketConnectionContextFactory connections, TimeSpan detectTimeout, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    /// <summary>
    /// How long a connection that can only be HTTP may stay undecided before a listener gets it, with its own timeouts: a client
    /// starved of CPU between connect and first byte is still understood.
    /// </summary>
    private static readonly TimeSpan HttpPatience = TimeSpan.FromSeconds(5);

    /// <summary>The wait after the process ran out of descriptors.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    // So that those who are connected get their turn when many come at once.
    private const int AcceptedAtATime = 16;

    private readonly Channel<ConnectionContext> _http1 = NewChannel();
    private readonly Channel<ConnectionContext> _http2 = NewChannel();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _starting = new();
    private readonly ConnectionSet _undecided = new();
    private readonly ConnectionSet _relayed = new();
    private readonly HttpConnections _told = new();
    private readonly TlsTermination _tls = new(port, clock);
    private ListeningSocket? _listener;
    private Task _accepting = Task.CompletedTask;

    public Port Port { get; } = port;

    /// <summary>Binds the port where that hasn't been done for the port's other protocol.</summary>
    /// <exception cref="SocketException">It can't be had.</exception>
    public IPEndPoint Bind()
    {
        lock (_starting)
        {
            if (_listener is null)
            {
                _listener = ListeningSocket.Bind(Port.Requested);
                Port.Bound = _listener.EndPoint;
                _accepting = Task.WhenAll(loops.All.Select(loop => AcceptAsync(loop, _listener)));
            }
            return _listener.EndPoint;
        }
    }

    public ChannelReader<ConnectionContext> Connections(DetectedProtocol protocol) =>
        protocol is DetectedProtocol.Http2 ? _http2.Reader : _http1.Reader;

    /// <summary>Asks those who came in to go, and those who still come to go after one request.</summary>
    public void Leave()
    {
        Port.IsLeaving = true;
        _told.RequestClose();
    }

    /// <summary>Accepts no more. Connections already handed over are not touched; those undecided are closed.</summary>
    public async ValueTask UnbindAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener?.Dispose();
        _undecided.Reset();
        _http1.Writer.TryComplete();
        _http2.Writer.TryComplete();
    }

    /// <summary>Waits for what is relayed to end, and ends it where it doesn't in time.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        await using var _ = cancellationToken.UnsafeRegister(static relayed => ((ConnectionSet)relayed!).Reset(), _relayed);
        await _relayed.WhenEmptyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        _stopping.Dispose();
    }

    private static Channel<ConnectionContext> NewChannel() =>
        Channel.CreateUnbounded<ConnectionContext>(new UnboundedChannelOptions { SingleReader = true });

    private async Task AcceptAsync(EventLoop loop, ListeningSocket listener)
    {
        await loop.SwitchAsync();
        using var queue = listener.AcceptOn(loop);
        await using var _ = _stopping.Token.UnsafeRegister(_ => loop.Post(queue.Dispose), null);
        do
        {
            var accepted = 0;
            int error;
            while (queue.TryAccept(out error) is { } connection)
            {
                Enter(connection);
                if (++accepted % AcceptedAtATime is 0) await loop.YieldAsync();
            }
            if (error is Errno.TooManyDescriptors or Errno.TooManyDescriptorsHere or Errno.NoBuffers) await TakeBreathAsync(loop, error);
            else if (error is not Errno.WouldBlock and not 0) continue;
        }
        while (await queue.ReadyAsync());
    }

    private void Enter(TcpSocket connection)
    {
        if (Port.TryEnter()) _ = DecideAsync(connection);
        else connection.Reset();
    }

    // On the connection's loop; it throws nothing.
    private async Task DecideAsync(TcpSocket connection)
    {
        var isHandedOver = false;
        try
        {
            var original = OriginalDestination.Of(connection, connection.LocalEndPoint);
            if (await PlanAsync(connection, original) is { } plan) isHandedOver = await HandOverAsync(connection, original, plan);
        }
        catch (Exception failure)
        {
            LogFailed(Port.Name, failure);
        }
        if (isHandedOver) return;
        connection.Reset();
        Port.Leave();
    }

    /// <returns>Null where the port is closed.</returns>
    private async ValueTask<ConnectionPlan?> PlanAsync(TcpSocket connection, OriginalDestination? original)
    {
        var planning = Port.Routing(original, _stopping.Token);
        if (planning.IsCompletedSuccessfully) return planning.Result;
        using var _ = _undecided.Enter(connection);
        try
        {
            return await planning;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            await connection.Loop.SwitchAsync();
        }
    }

    private async ValueTask<bool> HandOverAsync(TcpSocket connection, OriginalDestination? original, ConnectionPlan plan, Tunnel? tunnel = null)
    {
        if (plan.Refusal is { } refusal)
        {
            Port.Refuse(refusal);
            return false;
        }
        var hello = HelloKind.Plaintext;
        if (Port.Security?.DemandOf(original) is { } demand and not PortDemand.None)
        {
            if (demand is not PortDemand.Closed) hello = await PeekHelloAsync(connection, plan, demand);
            if (connection.IsClosed) return false;
            if (RefusalOf(demand, hello) is { } unproven)
            {
                Port.Refuse(unproven);
                Port.Security.Refused(connection.RemoteEndPoint, original, unproven, detail: null);
                return false;
            }
            if (hello is HelloKind.Mesh) return SecureHttp(connection, original);
            if (hello is HelloKind.MeshTcp) return await SecureTcpAsync(connection, original, plan);
        }
        var protocol = plan.Protocol is AppProtocol.Opaque ? DetectedProtocol.Unknown
            : hello is HelloKind.None ? DetectedProtocol.Undecided
            : await DetectAsync(connection, plan);
        if (connection.IsClosed) return false;
        if (plan.Tunnels is { } tunnels && protocol is DetectedProtocol.Http1 && await PeekTunnelAsync(connection) is { } request)
            return await OpenTunnelAsync(connection, request, tunnels);
        if (plan.Tcp is { } tcp && IsRelayed(connection, protocol, plan))
        {
            await RelayAsync(connection, tcp, isSilent: protocol is DetectedProtocol.Undecided);
            return true;
        }
        return !connection.IsClosed && HandOverHttp(connection, original, tunnel, IsHttp2(protocol, plan) ? _http2 : _http1);
    }

    private bool IsRelayed(TcpSocket connection, DetectedProtocol protocol, ConnectionPlan plan) => protocol switch
    {
        DetectedProtocol.Tls => true,
        // To an HTTP proxy that is a workload: what follows is between the two. Who comes in would get past the policy for requests so.
        DetectedProtocol.Http1 => !plan.IsHttp && !Port.IsInbound && TunnelRequest.IsOn(connection),
        DetectedProtocol.Http2 => false,
        _ => !plan.IsHttp,
    };

    private async ValueTask<HelloKind> PeekHelloAsync(TcpSocket connection, ConnectionPlan plan, PortDemand demand)
    {
        using var _ = _undecided.Enter(connection);
        var first = demand is PortDemand.Required ? HelloPeek.Patience : plan.IsHttp ? HttpPatience : detectTimeout;
        return await HelloPeek.WaitAsync(connection, first, clock);
    }

    private static ConnectionRefusal? RefusalOf(PortDemand demand, HelloKind hello) => (demand, hello) switch
    {
        (PortDemand.Closed, _) => ConnectionRefusal.NotReady,
        (PortDemand.Required, HelloKind.None) => ConnectionRefusal.Silent,
        (PortDemand.Required, HelloKind.Plaintext) => ConnectionRefusal.Plaintext,
        (PortDemand.Required, HelloKind.OtherTls) => ConnectionRefusal.ForeignTls,
        _ => null,
    };

    private static bool IsHttp2(DetectedProtocol protocol, ConnectionPlan plan) =>
        protocol is DetectedProtocol.Http2 || protocol is not DetectedProtocol.Http1 && plan.Protocol is AppProtocol.Http2;

    private async ValueTask<DetectedProtocol> DetectAsync(TcpSocket connection, ConnectionPlan plan)
    {
        if (ProtocolPeek.Now(connection) is var protocol and not DetectedProtocol.Undecided) return protocol;
        using var _ = _undecided.Enter(connection);
        return await ProtocolPeek.WaitAsync(connection, plan.IsHttp ? HttpPatience : detectTimeout, clock);
    }

    private async ValueTask<TunnelRequest?> PeekTunnelAsync(TcpSocket connection)
    {
        using var _ = _undecided.Enter(connection);
        return await TunnelRequest.PeekAsync(connection, clock);
    }

    private async ValueTask<bool> OpenTunnelAsync(TcpSocket connection, TunnelRequest request, TunnelRouting tunnels)
    {
        var (plan, refusal) = await PlanTunnelAsync(connection, request, tunnels);
        if (plan is { IsHttp: true })
        {
            request.Accept(connection);
            return await HandOverAsync(connection, original: null, plan, new(request.Target, refusal: null));
        }
        if (plan is { Tcp: { } tcp })
        {
            using (_relayed.Enter(connection)) refusal = await tcp.ServeTunnelAsync(connection, request.Accept);
            if (refusal is null) Port.Leave();
            if (refusal is null) return true;
        }
        return !connection.IsClosed && HandOverHttp(connection, original: null, new(request.Target, refusal), _http1);
    }

    private async ValueTask<(ConnectionPlan? Plan, Exception? Refusal)> PlanTunnelAsync(TcpSocket connection, TunnelRequest request, TunnelRouting tunnels)
    {
        using var _ = _undecided.Enter(connection);
        try
        {
            return (await tunnels(request.Target, _stopping.Token), null);
        }
        catch (Exception refusal) when (!_stopping.IsCancellationRequested)
        {
            return (null, refusal);
        }
        finally
        {
            await connection.Loop.SwitchAsync();
        }
    }

    private async Task RelayAsync(TcpSocket connection, ITcpService tcp, bool isSilent, SecuredSide? secured = null)
    {
        using (_relayed.Enter(connection)) await tcp.ServeAsync(connection, isSilent, secured);
        Port.Leave();
    }

    private bool SecureHttp(TcpSocket connection, OriginalDestination? original)
    {
        _ = SecureHttpAsync(new Socket(connection.Detach()), original);
        return true;
    }

    // Off the loop; it throws nothing.
    private async Task SecureHttpAsync(Socket socket, OriginalDestination? original)
    {
        try
        {
            var (local, remote) = (socket.LocalEndPoint, socket.RemoteEndPoint);
            if (await _tls.AcceptAsync(socket, original, _stopping.Token) is { } secured)
            {
                HandOverSecured(new(secured, local, remote), original, secured.Tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2);
                return;
            }
        }
        catch (Exception failure)
        {
            LogFailed(Port.Name, failure);
            socket.Dispose();
        }
        Port.Leave();
    }

    // What a sidecar takes for no HTTP is looked at all the same: what is decided for requests is decided here.
    private async ValueTask<bool> SecureTcpAsync(TcpSocket connection, OriginalDestination? original, ConnectionPlan plan)
    {
        SecuredSide? secured;
        DetectedProtocol? protocol;
        using (_undecided.Enter(connection))
        {
            secured = await _tls.AcceptAsync(connection, original, _stopping.Token);
            if (secured is null) return false;
            protocol = plan.Protocol is AppProtocol.Opaque ? DetectedProtocol.Unknown : await DetectAsync(connection, secured, plan);
        }
        if (protocol is null || connection.IsClosed) return false;
        if (protocol is DetectedProtocol.Http1 or DetectedProtocol.Http2 || plan.IsHttp && protocol is not DetectedProtocol.Tls || plan.Tcp is null)
        {
            HandOverSecured(new(secured.LeaveLoop(), connection.LocalEndPoint, connection.RemoteEndPoint), original, IsHttp2(protocol.Value, plan));
            return true;
        }
        await RelayAsync(connection, plan.Tcp, isSilent: protocol is DetectedProtocol.Undecided, secured);
        return true;
    }

    /// <returns>Null where the client left.</returns>
    private async ValueTask<DetectedProtocol?> DetectAsync(TcpSocket connection, SecuredSide secured, ConnectionPlan plan)
    {
        var begun = new BegunStream(secured.Decrypted);
        secured.Decrypted = begun;
        var first = begun.FirstAsync();
        try
        {
            var isThere = await Task.WhenAny(first, Task.Delay(plan.IsHttp ? HttpPatience : detectTimeout, clock)) == first;
            return isThere ? ProtocolDetection.DetectAtLast((await first).Span) : DetectedProtocol.Undecided;
        }
        catch (IOException)
        {
            return null;
        }
        finally
        {
            await connection.Loop.SwitchAsync();
        }
    }

    private void HandOverSecured(SecuredConnection connection, OriginalDestination? original, bool isHttp2) =>
        HandOverHttp(connection, original, tunnel: null, isHttp2 ? _http2 : _http1);

    private bool HandOverHttp(TcpSocket connection, OriginalDestination? original, Tunnel? tunnel, Channel<ConnectionContext> channel)
    {
        HandOverHttp(connections.Create(new Socket(connection.Detach())), original, tunnel, channel);
        return true;
    }

    private void HandOverHttp(ConnectionContext http, OriginalDestination? original, Tunnel? tunnel, Channel<ConnectionContext> channel)
    {
        http.Features.Set(Port);
        if (original is not null) http.Features.Set(original);
        if (tunnel is not null) http.Features.Set(tunnel);
        http.ConnectionClosed.UnsafeRegister(static port => ((Port)port!).Leave(), Port);
        // HTTP/1.1 learns of it with its next answer: a connection closed while idle would break a request that is on its way.
        if (Port.IsInbound && channel == _http2) _told.Add(http);
        if (!channel.Writer.TryWrite(http)) http.Abort();
    }

    private async Task TakeBreathAsync(EventLoop loop, int error)
    {
        LogOutOfDescriptors(Port.Name, Errno.NewException(-error).Message);
        await Task.Delay(Breath, clock);
        await loop.SwitchAsync();
    }

    [LoggerMessage(LogLevel.Error, "a connection to {Port} was dropped")]
    private partial void LogFailed(string port, Exception failure);

    [LoggerMessage(LogLevel.Error, "connections to {Port} wait to be accepted: {Reason}; raise the limit on open files (ulimit -n)")]
    private partial void LogOutOfDescriptors(string port, string reason);
}
