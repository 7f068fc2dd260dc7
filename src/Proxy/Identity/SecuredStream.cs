using System.Net.Security;

namespace Mesh.Proxy.Identity;

/// <summary>A connection of which the other end is known.</summary>
/// <param name="Tls">What is read from and written to.</param>
/// <param name="Peer">Who is there.</param>
internal readonly record struct SecuredStream(SslStream Tls, VerifiedPeer Peer);
