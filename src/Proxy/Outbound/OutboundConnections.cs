using System.Runtime.CompilerServices;
using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Outbound;

/// <summary>
/// The application's connections: to the destination that was at their original address, or, on a port that stands for an
/// authority, to that. What the mesh doesn't know goes to its original address untouched, HTTP too.
/// </summary>
internal sealed class OutboundConnections
{
    // What a connection that isn't of the mesh would have had without it is the kernel's patience, about two minutes; a client
    // that still waits after this one is rare.
    private static readonly TimeSpan PassThroughConnectTimeout = TimeSpan.FromSeconds(60);

    // Whoever asks for a tunnel waits to be told, and has other addresses to try, or another proxy.
    private static readonly TimeSpan TunnelConnectTimeout = TimeSpan.FromSeconds(10);

    // A destination is replaced when its policy changes, and its plan goes with it.
    private readonly ConditionalWeakTable<Destination, DestinationPlan> _plans = [];
    private readonly IDestinationSource _destinations;
    private readonly PortRegistry _ports;
    private readonly ConnectionMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly UnansweredAuthorities _unanswered;
    private readonly TcpMetrics _unknown;
    private readonly ConnectionPlan _httpProxy;

    public OutboundConnections(
        IDestinationSource destinations, PortRegistry ports, ConnectionMetrics metrics, TimeProvider clock, ILogger<OutboundConnections> logger)
    {
        (_destinations, _ports, _metrics, _clock, _logger) = (destinations, ports, metrics, clock, logger);
        _unanswered = new(clock);
        _unknown = metrics.For(Direction.Outbound, "");
        _httpProxy = ConnectionPlan.HttpOnly with { Tunnels = TunnelAsync };
    }

    /// <summary>The outbound port: transparent for what was redirected to it, an HTTP proxy for all else.</summary>
    public ValueTask<ConnectionPlan> RouteAsync(OriginalDestination? original, CancellationToken cancellationToken) =>
        original is null ? new(_httpProxy)
        : _ports.LeadsHere(original.Authority) ? new(ConnectionPlan.Refuse(ConnectionRefusal.Loop))
        : FindAsync(original, cancellationToken);

    /// <summary>A port that stands for an authority. Where the mesh doesn't know it, HTTP requests are told so.</summary>
    public ConnectionRouting To(Authority authority) => async (_, cancellationToken) =>
    {
        try
        {
            return await _destinations.FindAsync(authority, cancellationToken) is { } destination ? PlanFor(destination, authority.Port) : ConnectionPlan.HttpOnly;
        }
        catch (MeshException)
        {
            return ConnectionPlan.HttpOnly;
        }
    };

    private async ValueTask<ConnectionPlan> FindAsync(OriginalDestination original, CancellationToken cancellationToken)
    {
        try
        {
            var finding = _destinations.FindAsync(original.Authority, cancellationToken);
            if (!finding.IsCompleted && _unanswered.Contains(original.Authority))
            {
                _ = ObserveAsync(finding.AsTask());
                return PassThrough(original);
            }
            return await finding is { } destination ? PlanFor(destination, original.Address.Port) : PassThrough(original);
        }
        catch (MeshException)
        {
            _unanswered.Add(original.Authority);
            // No operator can say. The client knows nothing of a mesh and gave an address that leads somewhere without one.
            return PassThrough(original);
        }
    }

    /// <summary>A tunnel: to the destination that its target names, as the target's address would be; else to that very host.</summary>
    /// <exception cref="MeshException">It leads back here, or nobody can say whether the mesh knows the target.</exception>
    private async ValueTask<ConnectionPlan> TunnelAsync(Authority target, CancellationToken cancellationToken)
    {
        if (_ports.LeadsHere(target)) throw LoopGuard.Loop(target.ToString());
        if (await _destinations.FindAsync(target, cancellationToken) is { } destination) return PlanFor(destination, target.Port);
        return Untouched(target.ToString(), new HostDialer(target, TunnelConnectTimeout, _ports, _clock));
    }

    // What nobody waits for any more may fail.
    private static async Task ObserveAsync(Task finding) => await finding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private ConnectionPlan PassThrough(OriginalDestination original) => Untouched(
        original.Address.ToString(), new AddressDialer(original.Address, PassThroughConnectTimeout, MeshErrorCode.ConnectFailed, _ports, _clock));

    private ConnectionPlan Untouched(string name, ITcpDialer dialer) =>
        new() { Protocol = AppProtocol.Opaque, Tcp = new TcpRoute(name, dialer, idleTimeout: null, _unknown, _clock, _logger) };

    private ConnectionPlan PlanFor(Destination destination, int port) =>
        (_plans.TryGetValue(destination, out var plan) ? plan : _plans.GetValue(destination, NewPlan)).Now(port);

    private DestinationPlan NewPlan(Destination destination) => new(
        destination.Protocol,
        destination.Dialer is { } dialer
            ? new(destination.Name, dialer, destination.Policy.Timeouts?.Idle?.ToTimeSpan(), _metrics.For(Direction.Outbound, destination.Name), _clock, _logger)
            : null);
}
