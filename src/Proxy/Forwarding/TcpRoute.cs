using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>Carries connections to one upstream: connects, relays, counts.</summary>
/// <param name="name">For logs.</param>
/// <param name="dialer">Connects to it.</param>
/// <param name="idleTimeout">Without a byte in either direction; null: none.</param>
/// <param name="metrics">Counts.</param>
/// <param name="clock">The clock of the idle timeout.</param>
/// <param name="logger">Where to say what failed.</param>
internal sealed partial class TcpRoute(
    string name, ITcpDialer dialer, TimeSpan? idleTimeout, ITcpMetrics metrics, TimeProvider clock, ILogger logger) : ITcpService
{
    // A peer whose node died says nothing: about two minutes after its last word both sides learn of it.
    private static readonly TimeSpan KeepAliveIdle = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(15);
    private const int KeepAliveProbes = 4;

    /// <summary>Who speaks first there, as earlier connections had it.</summary>
    public SpeakingOrder Order { get; } = new();

    public async Task ServeAsync(TcpSocket client, bool isSilent, SecuredSide? secured = null)
    {
        metrics.Opened();
        if (isSilent) metrics.TimedOutDetecting();
        var observer = new TcpObserver(metrics, Order, wasWaitedFor: isSilent);
        try
        {
            using var leg = await dialer.ConnectAsync(client);
            var end = await RelayAsync(client, secured, leg, observer);
            metrics.Closed(observer.Protocol, end, error: null);
        }
        catch (Exception failure)
        {
            client.Reset();
            var code = (failure as MeshException)?.Code ?? MeshErrorCode.UpstreamFailed;
            LogFailed(name, ErrorDescription.Of(code).Code, failure.Message);
            metrics.Closed(observer.Protocol, end: null, code);
        }
    }

    public async Task<Exception?> ServeTunnelAsync(TcpSocket client, Action<TcpSocket> opened)
    {
        TcpLeg leg;
        try
        {
            leg = await dialer.ConnectAsync(client);
        }
        catch (Exception failure)
        {
            return failure;
        }
        metrics.Opened();
        var observer = new TcpObserver(metrics, Order, wasWaitedFor: false);
        using (leg)
        {
            opened(client);
            metrics.Closed(observer.Protocol, await RelayAsync(client, secured: null, leg, observer), error: null);
        }
        return null;
    }

    private async Task<RelayEnd> RelayAsync(TcpSocket client, SecuredSide? secured, TcpLeg leg, TcpObserver observer)
    {
        var upstream = leg.Socket;
        client.KeepAlive(KeepAliveIdle, KeepAliveInterval, KeepAliveProbes);
        upstream.KeepAlive(KeepAliveIdle, KeepAliveInterval, KeepAliveProbes);
        IRelay relay = secured is null && leg.Secured is null
            ? new TcpRelay(client, upstream, metrics, observer)
            : new SecuredRelay(new(client, secured), new(upstream, leg.Secured), metrics, observer);
        if (idleTimeout is not { } timeout) return await relay.RunAsync();
        using var idle = new IdleWatch(relay, client.Loop, timeout, clock);
        return await relay.RunAsync();
    }

    [LoggerMessage(LogLevel.Warning, "connection to {Upstream} ended with {Code}: {Detail}")]
    private partial void LogFailed(string upstream, string code, string detail);
}
