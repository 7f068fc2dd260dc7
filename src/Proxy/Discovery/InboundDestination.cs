using System.Globalization;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Discovery;

/// <summary>How the discovery stream names a proxy's own side: the authority <c>inbound:8080</c>, the destination <c>shop/catalog:80#inbound</c>.</summary>
internal static class InboundDestination
{
    private const string Host = "inbound";
    private const string Suffix = "#inbound";

    public static Authority AuthorityOf(int applicationPort) => Parse(Host, applicationPort);

    public static bool Is(string destination) => destination.EndsWith(Suffix, StringComparison.Ordinal);

    /// <summary>Says whether traffic that names this authority would ask for the proxy's own side.</summary>
    public static bool IsMeantBy(Authority authority) => authority.Host == Host;

    /// <summary>What traffic means by it: a service of that name in the proxy's own namespace.</summary>
    public static Authority ServiceOf(Authority authority, string ownNamespace) => Parse($"{Host}.{ownNamespace}", authority.Port);

    private static Authority Parse(string host, int port) =>
        Authority.TryParse(string.Create(CultureInfo.InvariantCulture, $"{host}:{port}"), out var authority)
            ? authority
            : throw new ArgumentException($"{host}:{port}: expected a host and a port");
}
