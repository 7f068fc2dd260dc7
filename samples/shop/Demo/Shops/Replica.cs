using System.Net;

namespace Shop.Demo.Shops;

/// <summary>One of a service's replicas, and the address that is its alone.</summary>
internal sealed record Replica(string Service, int Number, IPAddress Address)
{
    /// <summary>The pod's name.</summary>
    public string Name => $"{Service}-{Number}";
}
