using k8s;
using k8s.Models;

namespace Mesh.LocalCluster.Workloads;

/// <summary>Making objects that belong to others.</summary>
internal static class Owned
{
    public static V1OwnerReference Reference<T>(T owner) where T : IKubernetesObject<V1ObjectMeta>
    {
        var (kind, group, version) = typeof(T).GetCustomAttributes(typeof(KubernetesEntityAttribute), false).Cast<KubernetesEntityAttribute>().Select(a => (a.Kind, a.Group, a.ApiVersion)).Single();
        return new()
        {
            ApiVersion = group.Length == 0 ? version : $"{group}/{version}",
            Kind = kind,
            Name = owner.Metadata.Name,
            Uid = owner.Metadata.Uid,
            Controller = true,
            BlockOwnerDeletion = true,
        };
    }

    public static V1Pod Pod<T>(T owner, V1PodTemplateSpec template) where T : IKubernetesObject<V1ObjectMeta> => new()
    {
        Metadata = new()
        {
            GenerateName = $"{owner.Metadata.Name}-",
            NamespaceProperty = owner.Metadata.NamespaceProperty,
            Labels = template.Metadata?.Labels,
            Annotations = template.Metadata?.Annotations,
            OwnerReferences = [Reference(owner)],
        },
        Spec = template.Spec,
    };
}
