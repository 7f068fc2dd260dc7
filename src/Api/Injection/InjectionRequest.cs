using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Api.Injection;

/// <summary>What is decided upon.</summary>
/// <param name="Pod">As it comes to admission: it may have no name and no namespace yet.</param>
/// <param name="Namespace">The namespace that it is created in.</param>
/// <param name="NamespaceAnnotations">That namespace's annotations.</param>
/// <param name="Options">What all sidecars have in common.</param>
internal sealed record InjectionRequest(V1Pod Pod, string Namespace, IDictionary<string, string>? NamespaceAnnotations, SidecarOptions Options)
{
    public IEnumerable<V1Container> Containers => (Pod.Spec.InitContainers ?? []).Concat(Pod.Spec.Containers);

    /// <summary>Whether a sidecar is asked for, and by whom: the pod's own word wins.</summary>
    public (string? Value, string Owner) Wish =>
        Annotation(MeshApi.InjectAnnotation) is { } own ? (own, "pod") : (NamespaceAnnotations?.TryGetValue(MeshApi.InjectAnnotation, out var wish) is true ? wish : null, $"namespace {Namespace}");

    public string? Annotation(string name) => Pod.Metadata?.Annotations?.TryGetValue(name, out var value) is true ? value : null;

    public string? Label(string name) => Pod.Metadata?.Labels?.TryGetValue(name, out var value) is true ? value : null;
}
