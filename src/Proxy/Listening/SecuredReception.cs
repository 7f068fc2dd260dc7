using System.Net.Security;
using System.Net.Sockets;
using Mesh.Api.Discovery;
using Mesh.Proxy.Channels;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace Mesh.Proxy.Listening;

/// <summary>Receives the connections of sidecars: ends their TLS, and has what is inside carried as HTTP or relayed.</summary>
internal sealed partial class SecuredReception(
    Port port, HttpHandOver http, ConnectionSet undecided, ConnectionSet relayed, DetectionPatience patience, TimeProvider clock, ILogger logger, CancellationToken stopping)
{
    // Certificates live a day; what lives longer than a timer can be set for outlives its connections.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(49);

    // As of what is relayed: a peer that is gone without a word.
    private static readonly TimeSpan KeepAliveIdle = TimeSpan.FromSeconds(60), KeepAliveInterval = TimeSpan.FromSeconds(10);
    private const int KeepAliveProbes = 3;

    // Who opens a connection for channels opens one at once, and closes it with the last: as long as the head of a request is waited for.
    private static readonly TimeSpan UnusedPatience = TimeSpan.FromSeconds(30);

    private readonly TlsTermination _tls = new(port, clock);

    /// <summary>HTTP/2, whose many requests share a connection and are to have every core: off the loop from the first byte on.</summary>
    /// <returns>True: it is served, or refused, elsewhere.</returns>
    public bool TakeHttp(TcpSocket connection, OriginalDestination? original)
    {
        _ = TakeHttpAsync(new Socket(connection.Detach()), original);
        return true;
    }

    // Off the loop; it throws nothing.
    private async Task TakeHttpAsync(Socket socket, OriginalDestination? original)
    {
        try
        {
            var (local, remote) = (socket.LocalEndPoint, socket.RemoteEndPoint);
            if (await _tls.AcceptAsync(socket, original, stopping) is { } secured)
            {
                Serve(new SecuredConnection(secured, local, remote), original, secured.Peer, secured.Tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2);
                return;
            }
        }
        catch (Exception failure)
        {
            LogFailed(port.Name, failure);
            socket.Dispose();
        }
        port.Leave();
    }

    /// <summary>HTTP/1.1 stays on its loop, but for the handshake.</summary>
    /// <returns>False where it is to be reset.</returns>
    public async ValueTask<bool> TakeHttp1Async(TcpSocket connection, OriginalDestination? original)
    {
        SecuredSide? secured;
        using (undecided.Enter(connection)) secured = await _tls.AcceptAsync(connection, original, stopping);
        if (secured is null || connection.IsClosed) return false;
        Serve(new LoopConnection(secured), original, secured.Peer, isHttp2: false);
        return true;
    }

    /// <summary>Many in HTTP/1.1, which share one.</summary>
    /// <returns>False where it is to be reset.</returns>
    public async ValueTask<bool> TakeChannelsAsync(TcpSocket connection, OriginalDestination? original)
    {
        SecuredSide? secured;
        using (undecided.Enter(connection)) secured = await _tls.AcceptAsync(connection, original, stopping);
        if (secured is null || connection.IsClosed) return false;
        connection.KeepAlive(KeepAliveIdle, KeepAliveInterval, KeepAliveProbes);
        using (relayed.Enter(connection))
        {
            var shared = new ChannelConnection(secured.Transport, channel =>
            {
                if (stopping.IsCancellationRequested || secured.Peer.Until <= clock.GetUtcNow() || !port.TryEnter()) return false;
                Serve(new LoopConnection(channel, secured.Peer), original, secured.Peer, isHttp2: false);
                return true;
            });
            await using var looking = clock.CreateTimer(_ => connection.Loop.Post(shared.EndIfUnused), null, UnusedPatience, UnusedPatience);
            await shared.RunAsync();
        }
        port.Leave();
        return true;
    }

    /// <summary>What a sidecar takes for no HTTP is looked at all the same: what is decided for requests is decided here.</summary>
    /// <returns>False where it is to be reset.</returns>
    public async ValueTask<bool> TakeTcpAsync(TcpSocket connection, OriginalDestination? original, ConnectionPlan plan)
    {
        SecuredSide? secured;
        DetectedProtocol? protocol;
        using (undecided.Enter(connection))
        {
            secured = await _tls.AcceptAsync(connection, original, stopping);
            if (secured is null) return false;
            protocol = plan.Protocol is AppProtocol.Opaque ? DetectedProtocol.Unknown : await DetectAsync(connection, secured, plan);
        }
        if (protocol is null || connection.IsClosed) return false;
        if (protocol is DetectedProtocol.Http1 or DetectedProtocol.Http2 || plan.IsHttp && protocol is not DetectedProtocol.Tls || plan.Tcp is null)
        {
            Serve(new SecuredConnection(secured), original, secured.Peer, plan.IsHttp2(protocol.Value));
            return true;
        }
        using (relayed.Enter(connection)) await plan.Tcp.ServeAsync(connection, isSilent: protocol is DetectedProtocol.Undecided, secured);
        port.Leave();
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
            var isThere = await Task.WhenAny(first, Task.Delay(patience.With(plan), clock)) == first;
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

    // Nobody asks for more by a proof that is over: the client's next request is on a connection with its new certificate (GOAWAY), and
    // what it has asked for is answered.
    private void Serve(TransportConnection connection, OriginalDestination? original, VerifiedPeer peer, bool isHttp2)
    {
        if (peer.Until - clock.GetUtcNow() is { } left && left < LongestTimer)
        {
            var end = clock.CreateTimer(
                static connection => ((TransportConnection)connection!).Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose(),
                connection, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            connection.ConnectionClosed.UnsafeRegister(static end => ((ITimer)end!).Dispose(), end);
        }
        http.Take(connection, original, tunnel: null, isHttp2);
    }

    [LoggerMessage(LogLevel.Error, "a connection to {Port} was dropped")]
    private partial void LogFailed(string port, Exception failure);
}
