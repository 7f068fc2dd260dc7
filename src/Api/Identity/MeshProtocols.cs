namespace Mesh.Api.Identity;

/// <summary>
/// What sidecars say to each other by ALPN (RFC 7301), in the ClientHello where it can be read before anything is answered. It
/// tells the mesh's own TLS from the application's, which passes through untouched.
/// </summary>
public static class MeshProtocols
{
    /// <summary>Offered by every sidecar, beside what it wants to speak (<c>h2</c>, <c>http/1.1</c>); never chosen.</summary>
    public const string Marker = "mesh.io";

    /// <summary>Offered beside the marker, and chosen, where the connection is relayed as it is.</summary>
    public const string Tcp = "mesh.io/tcp";

    /// <summary>Offered beside the marker, and chosen, where the connection carries many in HTTP/1.1, as channels.</summary>
    public const string Channels = "mesh.io/channels";
}
