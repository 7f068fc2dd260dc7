using Mesh.Api.Discovery;

namespace Mesh.Proxy.Routing;

/// <summary>Where outbound traffic finds its destinations.</summary>
internal interface IDestinationSource
{
    /// <summary>
    /// The destination that an authority stands for. Completes at once for one that is known; otherwise asks the operator and
    /// waits a bounded time.
    /// </summary>
    /// <returns>Null where the mesh knows no such destination: the traffic passes through untouched.</returns>
    /// <exception cref="MeshException"><see cref="MeshErrorCode.DiscoveryUnavailable"/>: no operator answered in time.</exception>
    ValueTask<Destination?> FindAsync(Authority authority, CancellationToken cancellationToken);
}
