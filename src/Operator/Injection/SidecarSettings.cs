using Mesh.Api.Injection;
using Mesh.Operator.Identity;
using Mesh.Operator.State;

namespace Mesh.Operator.Injection;

/// <summary>The operator's own options, over them what MeshConfig says, and what the cluster can do.</summary>
/// <param name="state">Where MeshConfig is.</param>
/// <param name="options">The operator's own.</param>
/// <param name="nativeSidecars">What the cluster can do.</param>
/// <param name="identity">Whom sidecars are to believe; null: they have no identities.</param>
internal sealed class SidecarSettings(ClusterState state, SidecarOptions options, NativeSidecars nativeSidecars, SidecarTrust? identity) : ISidecarSettings
{
    /// <exception cref="InvalidOperationException">Sidecars have identities, and the operator knows no trust anchor yet.</exception>
    public async ValueTask<SidecarOptions> CurrentAsync(CancellationToken cancellationToken)
    {
        var proxy = state.Current.Config?.Spec.Proxy;
        return options with
        {
            Image = proxy?.Image is { Length: > 0 } image ? image : options.Image,
            Interception = proxy?.Interception ?? options.Interception,
            ImageRegistries = proxy?.ImageRegistries ?? options.ImageRegistries,
            Identity = identity?.Current,
            NativeSidecars = await nativeSidecars.AreThereAsync(cancellationToken),
        };
    }
}
