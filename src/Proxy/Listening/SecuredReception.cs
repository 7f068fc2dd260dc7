using System.Net.Security;
using System.Net.Sockets;
using Mesh.Api.Discovery;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>Receives the connections of sidecars: ends their TLS, and has what is inside carried as HTTP or relayed.</summary>
internal sealed partial class SecuredReception(
    Port port, HttpHandOver http, ConnectionSet undecided, ConnectionSet relayed, DetectionPatience patience, TimeProvider clock, ILogger logger, CancellationToken stopping)
{
    private readonly TlsTermination _tls = new(port, clock);

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
                http.Take(new SecuredConnection(secured, local, remote), original, tunnel: null, secured.Tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2);
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
            http.Take(new SecuredConnection(secured.LeaveLoop(), connection.LocalEndPoint, connection.RemoteEndPoint), original, tunnel: null, plan.IsHttp2(protocol.Value));
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

    [LoggerMessage(LogLevel.Error, "a connection to {Port} was dropped")]
    private partial void LogFailed(string port, Exception failure);
}
