using Mesh.Api.Injection;
using Mesh.Operator.Identity;
using Mesh.Operator.State;

namespace Mesh.Operator.Injection;

/// <summary>The operator's own options, and over them what MeshConfig says.</summary>
/// <param name="state">Where MeshConfig is.</param>
/// <param name="options">The operator's own.</param>
/// <param name="identity">Whom sidecars are to believe; null: they have no identities.</param>
internal sealed class SidecarSettings(ClusterState state, SidecarOptions options, SidecarTrust? identity) : ISidecarSettings
{
    /// <exception cref="InvalidOperationException">Sidecars have identities, and the operator knows no trust anchor yet.</exception>
    public SidecarOptions Current
    {
        get
        {
            var own = options with { Identity = identity?.Current };
            return state.Current.Config?.Spec.Proxy is { } proxy
                ? own with
                {
                    Image = proxy.Image is { Length: > 0 } image ? image : own.Image,
                    Interception = proxy.Interception ?? own.Interception,
                }
                : own;
        }
    }
}
