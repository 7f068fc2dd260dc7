using Mesh.Api.Identity;

namespace Mesh.Proxy.Identity;

/// <summary>How this proxy comes by its identity, and how patient it is.</summary>
internal sealed record IdentityOptions
{
    /// <summary>Where the operator certifies: <c>https://mesh-operator.mesh-system.svc:15010</c>.</summary>
    public required Uri Operator { get; init; }

    /// <summary>Whom the operator has to prove to be.</summary>
    public required SpiffeId OperatorIdentity { get; init; }

    /// <summary>Whom the proxy believes when it starts: a file, or the PEM text itself.</summary>
    public required string TrustAnchors { get; init; }

    /// <summary>A Kubernetes token that is renewed in place, or a standalone operator's join key.</summary>
    public required string TokenFile { get; init; }

    /// <summary>Where trust anchors that were learnt later are kept for the next start; null: nowhere.</summary>
    public string? Cache { get; init; }

    public required string Proxy { get; init; }

    public required string Namespace { get; init; }

    public required string ServiceAccount { get; init; }

    /// <summary>The base of the wait before the next try, which doubles with every failure. Default: 250 ms.</summary>
    public TimeSpan RetryBase { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest wait before the next try, well below what is left of a certificate when it is due. Default: 15 s.</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>For one try. Default: 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
