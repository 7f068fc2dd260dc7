using Mesh.Api.Discovery;

namespace Mesh.Proxy.Listening;

/// <summary>Decides what becomes of the tunnels that clients of an HTTP proxy ask for (CONNECT). What it throws, the client is told.</summary>
/// <param name="target">Where the tunnel is to lead.</param>
/// <param name="cancellationToken">Cancelled when the port is closed.</param>
internal delegate ValueTask<ConnectionPlan> TunnelRouting(Authority target, CancellationToken cancellationToken);
