using System.Collections.Concurrent;
using System.Net;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Inbound.Access;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Inbound;

/// <summary>
/// Connections from elsewhere, to the application beside this proxy. What was redirected here goes to the very address it was for:
/// an application that listens on every address, or on the pod's, is reached as it would be without a mesh, and one that listens
/// on localhost only stays as private as it means to be. Istio and Linkerd do the same.
/// </summary>
internal sealed class InboundConnections(
    PortRegistry ports,
    InboundProxy proxy,
    IInboundPolicySource policies,
    IWorkloadSource workloads,
    CredentialStore credentials,
    PodAccess access,
    AccessMetrics accessMetrics,
    ConnectionMetrics metrics,
    TimeProvider clock,
    ILogger<InboundConnections> logger)
{
    // The application is a process on this very host.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    // An application has few ports; who scans the others can't have the memory.
    private const int MostApplications = 256;

    private readonly ConcurrentDictionary<IPEndPoint, Application> _applications = new();

    /// <param name="application">Where the application listens.</param>
    public ConnectionRouting To(IPEndPoint application)
    {
        var plans = PlansFor(application);
        return (_, _) => new(plans.Now);
    }

    /// <summary>The transparent port: connections that were redirected here go on to where they were going.</summary>
    public ValueTask<ConnectionPlan> RouteAsync(OriginalDestination? original, CancellationToken cancellationToken) => new(
        original is null ? ConnectionPlan.Refuse(ConnectionRefusal.NotRedirected)
        : ports.LeadsHere(original.Authority) ? ConnectionPlan.Refuse(ConnectionRefusal.Loop)
        : !ports.IsOfThisHost(original.Address.Address) ? ConnectionPlan.Refuse(ConnectionRefusal.NotOfThisHost)
        : ApplicationAt(original.Address).Plans.Now);

    /// <summary>What a port demands of those who come in.</summary>
    /// <param name="applicationPort">The application's only port; null where connections are redirected here, and bring theirs.</param>
    public IPortSecurity SecurityOf(int? applicationPort) => new InboundSecurity(applicationPort, credentials, workloads, clock, logger);

    /// <summary>The transparent port's requests.</summary>
    public Task HandleAsync(HttpContext context) =>
        ApplicationAt(context.Features.GetRequiredFeature<OriginalDestination>().Address).Handler(context);

    private Application ApplicationAt(IPEndPoint address)
    {
        if (_applications.TryGetValue(address, out var known)) return known;
        var application = new Application(PlansFor(address), proxy.To(address));
        return _applications.Count < MostApplications ? _applications.GetOrAdd(address, application) : application;
    }

    private InboundPlans PlansFor(IPEndPoint application)
    {
        var name = application.ToString();
        var dialer = new AddressDialer(application, ConnectTimeout, MeshErrorCode.ApplicationUnavailable, ports, clock);
        var connections = metrics.For(Direction.Inbound, name);
        return new(application.Port, policies.InboundTo(application.Port), (protocol, idleTimeout) =>
        {
            var route = new TcpRoute(name, dialer, idleTimeout, connections, clock, logger);
            return new(protocol, route, new AdmittedTcp(route, application.Port, access, accessMetrics, connections, logger));
        });
    }

    private sealed record Application(InboundPlans Plans, RequestDelegate Handler);
}
