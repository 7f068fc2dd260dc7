using k8s.Models;
using Mesh.LocalCluster.Network;

namespace Mesh.LocalCluster.Node;

/// <summary>What a pod's containers have in common. The folder is for what they write and mount.</summary>
internal sealed record PodSettings(V1Pod Pod, PodSandbox Sandbox, PodVolumes Volumes, Images Images, string Folder, TimeProvider Time)
{
    public long User(V1Container container) => container.SecurityContext?.RunAsUser ?? Pod.Spec.SecurityContext?.RunAsUser ?? 0;

    public long Group(V1Container container) => container.SecurityContext?.RunAsGroup ?? Pod.Spec.SecurityContext?.RunAsGroup ?? 0;
}
