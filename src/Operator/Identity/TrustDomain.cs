using Mesh.Api.Identity;
using Mesh.Operator.State;

namespace Mesh.Operator.Identity;

internal static class TrustDomain
{
    /// <summary>The trust domain that identities are of.</summary>
    public static string Of(ClusterSnapshot cluster) => SpiffeId.DefaultTrustDomain;
}
