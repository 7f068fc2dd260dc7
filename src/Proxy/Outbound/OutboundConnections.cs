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
internal sealed class OutboundConnections(
    IDestinationSource destinations, PortRegistry ports, ConnectionMetrics metrics, TimeProvider clock, ILogger<OutboundConnections> logger)
{
    // What a connection that isn't of the mesh would have had without it is the kernel's patience, about two minutes; a client
    // that still waits after this one is rare.
    private static readonly TimeSpan PassThroughConnectTimeout = TimeSpan.FromSeconds(60);

    // A destination is replaced when its policy changes, and its plan goes with it.
    private readonly ConditionalWeakTable<Destination, DestinationPlan> _plans = [];
    private readonly UnansweredAuthorities _unanswered = new(clock);
    private readonly TcpMetrics _unknown = metrics.For(Direction.Outbound, "");

    /// <summary>The outbound port: transparent for what was redirected to it, an HTTP proxy for all else.</summary>
    public ValueTask<ConnectionPlan> RouteAsync(OriginalDestination? original, CancellationToken cancellationToken) =>
        original is null ? new(ConnectionPlan.HttpOnly)
        : ports.LeadsHere(original.Authority) ? new(ConnectionPlan.Refuse(ConnectionRefusal.Loop))
        : FindAsync(original, cancellationToken);

    /// <summary>A port that stands for an authority. Where the mesh doesn't know it, HTTP requests are told so.</summary>
    public ConnectionRouting To(Authority authority) => async (_, cancellationToken) =>
    {
        try
        {
            return await destinations.FindAsync(authority, cancellationToken) is { } destination ? PlanFor(destination, authority.Port) : ConnectionPlan.HttpOnly;
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
            var finding = destinations.FindAsync(original.Authority, cancellationToken);
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

    // What nobody waits for any more may fail.
    private static async Task ObserveAsync(Task finding) => await finding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private ConnectionPlan PassThrough(OriginalDestination original)
    {
        var dialer = new AddressDialer(original.Address, PassThroughConnectTimeout, MeshErrorCode.ConnectFailed, ports, clock);
        return new() { Protocol = AppProtocol.Opaque, Tcp = new TcpRoute(original.Address.ToString(), dialer, idleTimeout: null, _unknown, clock, logger) };
    }

    private ConnectionPlan PlanFor(Destination destination, int port) =>
        (_plans.TryGetValue(destination, out var plan) ? plan : _plans.GetValue(destination, NewPlan)).Now(port);

    private DestinationPlan NewPlan(Destination destination) => new(
        destination.Protocol,
        destination.Dialer is { } dialer
            ? new(destination.Name, dialer, destination.Policy.Timeouts?.Idle?.ToTimeSpan(), metrics.For(Direction.Outbound, destination.Name), clock, logger)
            : null);
}
