using Mesh.Api.Injection;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Identity;

/// <summary>What sidecars that are injected now come by their identity with.</summary>
internal sealed class SidecarTrust(CurrentAuthority authority, ClusterState state, OperatorIdentity self)
{
    /// <exception cref="InvalidOperationException">There is no trust anchor yet.</exception>
    public SidecarIdentity Current => authority.Current is { } known
        ? new(self.In(TrustDomain.Of(state.Current)), known.AnchorsPem)
        : throw new InvalidOperationException("the operator has no trust anchor yet");
}
