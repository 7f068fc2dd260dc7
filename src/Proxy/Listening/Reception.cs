using Mesh.Api.Discovery;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>
/// Tells a connection's protocol from its first bytes without consuming them, and hands HTTP to that version's listener and all else
/// to who carries it.
/// </summary>
internal sealed partial class Reception(
    Port port, HttpHandOver http, ConnectionSet undecided, ConnectionSet relayed, DetectionPatience patience, TimeProvider clock, ILogger logger, CancellationToken stopping)
{
    private readonly SecuredReception _secured = new(port, http, undecided, relayed, patience, clock, logger, stopping);

    /// <summary>On the connection's loop; it throws nothing.</summary>
    public async Task ReceiveAsync(TcpSocket connection)
    {
        var isHandedOver = false;
        try
        {
            var original = OriginalDestination.Of(connection, connection.LocalEndPoint);
            if (await PlanAsync(connection, original) is { } plan) isHandedOver = await HandOverAsync(connection, original, plan);
        }
        catch (Exception failure)
        {
            LogFailed(port.Name, failure);
        }
        if (isHandedOver) return;
        connection.Reset();
        port.Leave();
    }

    /// <returns>Null where the port is closed.</returns>
    private async ValueTask<ConnectionPlan?> PlanAsync(TcpSocket connection, OriginalDestination? original)
    {
        var planning = port.Routing(original, stopping);
        if (planning.IsCompletedSuccessfully) return planning.Result;
        using var _ = undecided.Enter(connection);
        try
        {
            return await planning;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
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
            port.Refuse(refusal);
            return false;
        }
        var hello = HelloKind.Plaintext;
        if (port.Security?.DemandOf(original) is { } demand and not PortDemand.None)
        {
            if (demand is not PortDemand.Closed) hello = await PeekHelloAsync(connection, plan, demand);
            if (connection.IsClosed) return false;
            if (RefusalOf(demand, hello) is { } unproven)
            {
                port.Refuse(unproven);
                port.Security.Refused(connection.RemoteEndPoint, original, unproven, detail: null);
                return false;
            }
            if (hello is HelloKind.MeshHttp1 && port.StaysOnLoop) return await _secured.TakeHttp1Async(connection, original);
            if (hello is HelloKind.MeshChannels) return await _secured.TakeChannelsAsync(connection, original);
            if (hello is HelloKind.Mesh or HelloKind.MeshHttp1) return _secured.TakeHttp(connection, original);
            if (hello is HelloKind.MeshTcp) return await _secured.TakeTcpAsync(connection, original, plan);
        }
        var protocol = plan.Protocol is AppProtocol.Opaque ? DetectedProtocol.Unknown
            : hello is HelloKind.None ? DetectedProtocol.Undecided
            : await DetectAsync(connection, plan);
        if (connection.IsClosed) return false;
        if (plan.Tunnels is { } tunnels && protocol is DetectedProtocol.Http1 && await PeekTunnelAsync(connection) is { } request)
            return await OpenTunnelAsync(connection, request, tunnels);
        if (plan.Tcp is { } tcp && IsRelayed(connection, protocol, plan))
        {
            using (relayed.Enter(connection)) await tcp.ServeAsync(connection, isSilent: protocol is DetectedProtocol.Undecided);
            port.Leave();
            return true;
        }
        return HandOverHttp(connection, original, tunnel, plan.IsHttp2(protocol));
    }

    private bool IsRelayed(TcpSocket connection, DetectedProtocol protocol, ConnectionPlan plan) => protocol switch
    {
        DetectedProtocol.Tls => true,
        // To an HTTP proxy that is a workload: what follows is between the two. Who comes in would get past the policy for requests so.
        DetectedProtocol.Http1 => !plan.IsHttp && !port.IsInbound && TunnelRequest.IsOn(connection),
        DetectedProtocol.Http2 => false,
        _ => !plan.IsHttp,
    };

    private async ValueTask<HelloKind> PeekHelloAsync(TcpSocket connection, ConnectionPlan plan, PortDemand demand)
    {
        using var _ = undecided.Enter(connection);
        var first = demand is PortDemand.Required ? HelloPeek.Patience : patience.With(plan);
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

    private async ValueTask<DetectedProtocol> DetectAsync(TcpSocket connection, ConnectionPlan plan)
    {
        if (ProtocolPeek.Now(connection) is var protocol and not DetectedProtocol.Undecided) return protocol;
        using var _ = undecided.Enter(connection);
        return await ProtocolPeek.WaitAsync(connection, patience.With(plan), clock);
    }

    private async ValueTask<TunnelRequest?> PeekTunnelAsync(TcpSocket connection)
    {
        using var _ = undecided.Enter(connection);
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
            using (relayed.Enter(connection)) refusal = await tcp.ServeTunnelAsync(connection, request.Accept);
            if (refusal is null)
            {
                port.Leave();
                return true;
            }
        }
        return HandOverHttp(connection, original: null, new(request.Target, refusal), isHttp2: false);
    }

    private async ValueTask<(ConnectionPlan? Plan, Exception? Refusal)> PlanTunnelAsync(TcpSocket connection, TunnelRequest request, TunnelRouting tunnels)
    {
        using var _ = undecided.Enter(connection);
        try
        {
            return (await tunnels(request.Target, stopping), null);
        }
        catch (Exception refusal) when (!stopping.IsCancellationRequested)
        {
            return (null, refusal);
        }
        finally
        {
            await connection.Loop.SwitchAsync();
        }
    }

    private bool HandOverHttp(TcpSocket connection, OriginalDestination? original, Tunnel? tunnel, bool isHttp2)
    {
        if (connection.IsClosed) return false;
        http.Take(connection, original, tunnel, isHttp2);
        return true;
    }

    [LoggerMessage(LogLevel.Error, "a connection to {Port} was dropped")]
    private partial void LogFailed(string port, Exception failure);
}
