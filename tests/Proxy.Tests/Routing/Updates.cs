using System.Net;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Tests.Routing;

/// <summary>Updates as an operator would send them.</summary>
internal static class Updates
{
    public const string Catalog = "shop/catalog:80";

    public static DestinationUpdate Whole(ulong version, Policy policy, params IEnumerable<string> endpoints) => new()
    {
        Destination = Catalog,
        Version = version,
        Policy = policy,
        Endpoints = { endpoints.Select(EndpointOf) },
    };

    public static DestinationUpdate Delta(ulong from, ulong to, IEnumerable<string>? added = null, IEnumerable<string>? removed = null, Policy? policy = null) => new()
    {
        Destination = Catalog,
        BaseVersion = from,
        Version = to,
        Policy = policy,
        Endpoints = { (added ?? []).Select(EndpointOf) },
        Removed = { removed ?? [] },
    };

    private static Api.Discovery.Endpoint EndpointOf(string key)
    {
        var endpoint = IPEndPoint.Parse(key);
        return new() { Address = endpoint.Address.ToString(), Port = (uint)endpoint.Port, Pod = $"shop/pod-{endpoint.Address}" };
    }
}
