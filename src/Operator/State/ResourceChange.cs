using k8s;
using k8s.Models;

namespace Mesh.Operator.State;

/// <summary>What a source tells the state. Objects belong to the state once posted: nobody writes to them any more.</summary>
internal abstract record ResourceChange
{
    private ResourceChange()
    {
    }

    /// <summary>The object is new or has changed. One whose resourceVersion the state has already makes no difference.</summary>
    internal sealed record Upsert(IKubernetesObject<V1ObjectMeta> Resource) : ResourceChange;

    /// <summary>The object is gone. One that the state does not have makes no difference.</summary>
    internal sealed record Delete(ResourceKind Kind, NamespacedName Name) : ResourceChange;

    /// <summary>These are all the objects of the kind: what else the state has is gone. From then on the kind counts as listed.</summary>
    internal sealed record ReplaceAll(ResourceKind Kind, IReadOnlyCollection<IKubernetesObject<V1ObjectMeta>> Resources) : ResourceChange;

    /// <summary>The object's newest version can't be read: the one that the state has stays, and its status says why.</summary>
    internal sealed record Reject(ResourceKind Kind, NamespacedName Name, IReadOnlyList<string> Errors) : ResourceChange
    {
        /// <summary>What could be read of it, without its spec: the state takes it where it has no version, so that a status can say why.</summary>
        public IKubernetesObject<V1ObjectMeta>? Readable { get; init; }
    }
}
