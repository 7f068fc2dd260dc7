using System.Net.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>An endpoint would not speak TLS as the mesh does, or not this protocol in it, or left. Nothing has reached the application.</summary>
internal sealed class TlsFailedException(Exception failure)
    : SocketException((int)SocketError.ConnectionRefused, $"no TLS: {failure.GetBaseException().Message}");
