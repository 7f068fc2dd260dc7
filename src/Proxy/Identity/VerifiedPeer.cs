using Mesh.Api.Identity;

namespace Mesh.Proxy.Identity;

/// <summary>Who is at the other end of a connection, proven: a feature of each connection of which it is known.</summary>
internal sealed class VerifiedPeer(SpiffeId id)
{
    /// <summary>Of a connection on which requests come, or go out one by one: when the first of the two certificates ends that were shown to each other.</summary>
    public DateTimeOffset? Until { get; init; }

    public SpiffeId Id { get; } = id;

    /// <summary><c>namespace/service-account</c>.</summary>
    public string Workload { get; } = id.Workload;

    /// <summary>The identity as text.</summary>
    public string Text { get; } = id.ToString();
}
