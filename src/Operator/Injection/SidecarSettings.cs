using Mesh.Api.Injection;
using Mesh.Operator.State;

namespace Mesh.Operator.Injection;

/// <summary>The operator's own options, and over them what MeshConfig says.</summary>
internal sealed class SidecarSettings(ClusterState state, SidecarOptions options) : ISidecarSettings
{
    public SidecarOptions Current => state.Current.Config?.Spec.Proxy is { } proxy
        ? options with
        {
            Image = proxy.Image is { Length: > 0 } image ? image : options.Image,
            Interception = proxy.Interception ?? options.Interception,
        }
        : options;
}
