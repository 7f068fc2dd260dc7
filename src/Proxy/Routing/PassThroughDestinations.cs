using Mesh.Api.Discovery;

namespace Mesh.Proxy.Routing;

/// <summary>Knows no destination: everything passes through.</summary>
internal sealed class PassThroughDestinations : IDestinationSource
{
    public ValueTask<Destination?> FindAsync(Authority authority, CancellationToken cancellationToken) => new((Destination?)null);
}
