using Mesh.Api.Discovery;

namespace Mesh.Proxy.Listening;

/// <summary>What becomes of one connection, as far as can be said before it has sent a byte.</summary>
internal sealed record ConnectionPlan
{
    /// <summary>A port for HTTP alone: whatever else comes is answered as a bad request.</summary>
    public static readonly ConnectionPlan HttpOnly = new() { Protocol = AppProtocol.Http1 };

    /// <summary>What is known of it: whether its first bytes are waited for, and what they are when none come.</summary>
    public required AppProtocol Protocol { get; init; }

    /// <summary>Carries what isn't HTTP; null where nothing does.</summary>
    public ITcpService? Tcp { get; init; }

    /// <summary>Opens the tunnels that are asked for by a connection's first request; null where none are.</summary>
    public TunnelRouting? Tunnels { get; init; }

    /// <summary>The connection is reset, for this reason.</summary>
    public ConnectionRefusal? Refusal { get; private init; }

    public bool IsHttp => Protocol is AppProtocol.Http1 or AppProtocol.Http2;

    /// <summary>Whether what carries HTTP/2 takes a connection whose first bytes say that it is of this protocol.</summary>
    public bool IsHttp2(DetectedProtocol protocol) =>
        protocol is DetectedProtocol.Http2 || protocol is not DetectedProtocol.Http1 && Protocol is AppProtocol.Http2;

    public static ConnectionPlan Refuse(ConnectionRefusal refusal) => new() { Protocol = AppProtocol.Opaque, Refusal = refusal };
}
