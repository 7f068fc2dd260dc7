using k8s;

namespace Mesh.LocalCluster.Control;

internal static class Comparison
{
    /// <summary>Whether both read alike, so that nothing has to be written.</summary>
    public static bool Says<T>(this T? found, T wanted) where T : class =>
        found is not null && KubernetesJson.Serialize(found) == KubernetesJson.Serialize(wanted);
}
