namespace Mesh.Operator.Compilation;

/// <summary>Which of a service's endpoints a destination stands for: all of them, unless one of these is set.</summary>
/// <param name="IsInbound">None: it is the proxy's own side, of which only the policy counts.</param>
/// <param name="Endpoint">The one at this address and port, as traffic named it: a pod by its IP, or a pod of a headless service by its name.</param>
/// <param name="Family">Each pod by its address of this family (<c>IPv4</c>, <c>IPv6</c>) where it has one; null: of the service's first.</param>
/// <param name="Node">Those on this node: internalTrafficPolicy Local.</param>
internal readonly record struct DestinationScope(bool IsInbound = false, string? Endpoint = null, string? Family = null, string? Node = null)
{
    public static readonly DestinationScope Inbound = new(IsInbound: true);

    /// <summary><c>inbound</c>, <c>10.0.0.7:8080</c>, <c>ipv6,node=worker-1</c>; empty where it is all of them.</summary>
    public override string ToString() =>
        IsInbound ? "inbound"
        : Endpoint ?? string.Join(',', new[] { Family?.ToLowerInvariant(), Node is null ? null : $"node={Node}" }.Where(part => part is not null));
}
