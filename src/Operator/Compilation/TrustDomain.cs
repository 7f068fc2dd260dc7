using Mesh.Api.Identity;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

internal static class TrustDomain
{
    /// <summary>The trust domain that identities are of.</summary>
    public static string Of(ClusterSnapshot cluster) =>
        cluster.Config?.Spec.Identity?.TrustDomain is { Length: > 0 } configured ? configured : SpiffeId.DefaultTrustDomain;
}
