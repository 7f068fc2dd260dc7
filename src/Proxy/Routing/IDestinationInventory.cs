namespace Mesh.Proxy.Routing;

/// <summary>What this proxy knows, for <c>/config</c>, <c>/ready</c> and gauges. Each call takes a picture of the moment.</summary>
internal interface IDestinationInventory
{
    /// <summary>An operator has answered on the stream that is open now.</summary>
    bool Connected { get; }

    /// <summary>An operator has answered since this proxy started.</summary>
    bool HasConnected { get; }

    /// <summary>Every destination, by name.</summary>
    IReadOnlyList<DestinationReport> Destinations();

    /// <summary>Authorities that traffic asked for and the mesh doesn't know, or doesn't know yet.</summary>
    IReadOnlyList<string> UnknownAuthorities();
}
