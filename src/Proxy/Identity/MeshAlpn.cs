using System.Net.Security;
using Mesh.Api.Identity;

namespace Mesh.Proxy.Identity;

/// <summary>What sidecars offer each other by ALPN: the protocol, then the marker that tells their TLS from the application's.</summary>
internal static class MeshAlpn
{
    public static readonly SslApplicationProtocol Tcp = new(MeshProtocols.Tcp);

    public static readonly SslApplicationProtocol Channels = new(MeshProtocols.Channels);

    public static readonly List<SslApplicationProtocol> OfHttp2 = [SslApplicationProtocol.Http2, new(MeshProtocols.Marker)];

    /// <summary>For what is upgraded to something else.</summary>
    public static readonly List<SslApplicationProtocol> OfHttp11 = [SslApplicationProtocol.Http11, new(MeshProtocols.Marker)];

    public static readonly List<SslApplicationProtocol> OfTcp = [Tcp, new(MeshProtocols.Marker)];

    public static readonly List<SslApplicationProtocol> OfChannels = [Channels, new(MeshProtocols.Marker)];
}
