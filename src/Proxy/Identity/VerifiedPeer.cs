using Mesh.Api.Identity;

namespace Mesh.Proxy.Identity;

/// <summary>Who is at the other end of a connection, proven: a feature of each connection of which it is known.</summary>
internal sealed class VerifiedPeer(SpiffeId id)
{
    public SpiffeId Id { get; } = id;

    /// <summary><c>namespace/service-account</c>.</summary>
    public string Workload { get; } = id.Workload;

    /// <summary>The identity as text.</summary>
    public string Text { get; } = id.ToString();
}
