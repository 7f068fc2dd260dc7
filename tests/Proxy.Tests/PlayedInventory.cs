using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests;

internal sealed class PlayedInventory : IDestinationInventory
{
    public bool Connected { get; init; }

    public bool HasConnected { get; init; }

    public IReadOnlyList<DestinationReport> Known { get; init; } = [];

    public IReadOnlyList<DestinationReport> Destinations() => Known;

    public IReadOnlyList<string> UnknownAuthorities() => [];
}
