namespace Mesh.Api.Resources;

/// <summary>The names that manifests share: API group, annotations, condition types.</summary>
public static class MeshApi
{
    /// <summary>The API group of the mesh's own kinds.</summary>
    public const string Group = "mesh.io";

    /// <summary>The version of the mesh's own kinds.</summary>
    public const string Version = "v1alpha1";

    /// <summary>The apiVersion of the mesh's own kinds.</summary>
    public const string GroupVersion = $"{Group}/{Version}";

    /// <summary>On a namespace or a pod, <c>"true"</c> or <c>"false"</c>: whether pods get a sidecar. The pod's wins.</summary>
    public const string InjectAnnotation = "mesh.io/inject";

    /// <summary>
    /// On a namespace, what its annotation of that name says, or <see cref="InvalidInjectLabel"/>: webhooks select by labels. Kept by the
    /// operator.
    /// </summary>
    public const string InjectLabel = InjectAnnotation;

    /// <summary>The label where the annotation can't be read: such pods come to the webhook, which refuses them.</summary>
    public const string InvalidInjectLabel = "invalid";

    /// <summary>On a definition of the mesh's own kinds: the release that it is of, such as 0.1.0.</summary>
    public const string VersionAnnotation = "mesh.io/version";
}
