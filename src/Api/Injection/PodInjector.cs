using k8s.Models;

namespace Mesh.Api.Injection;

/// <summary>Decides whether a pod gets a sidecar, and which changes put it there. Pure: no I/O, no clock.</summary>
public static class PodInjector
{
    /// <summary>Whether the pod's own word decides, so that its namespace's need not be asked for.</summary>
    public static bool Decides(V1Pod pod)
    {
        ArgumentNullException.ThrowIfNull(pod);
        return pod.Metadata?.Annotations?.ContainsKey(Resources.MeshApi.InjectAnnotation) is true;
    }

    /// <summary>
    /// A pod that is injected is left alone when it comes again. One that is to be injected and can't be is refused with all that is
    /// wrong with it.
    /// </summary>
    /// <param name="pod">As it comes to admission: it may have no name and no namespace yet.</param>
    /// <param name="podNamespace">The namespace that it is created in.</param>
    /// <param name="namespaceAnnotations">That namespace's annotations.</param>
    /// <param name="options">What all sidecars have in common.</param>
    public static InjectionDecision Decide(
        V1Pod pod, string podNamespace, IDictionary<string, string>? namespaceAnnotations, SidecarOptions options)
    {
        var request = new InjectionRequest(pod, podNamespace, namespaceAnnotations, options);
        if (LeftAlone.Decide(request) is { } decision) return decision;
        var annotations = new AnnotationReading(request);
        var adjustments = annotations.Read();
        List<string> reasons = [.. Refusals.Of(request), .. annotations.Errors];
        if (reasons.Count > 0) return new InjectionDecision.Deny(reasons);
        var chosen = request with { Options = options with { Image = adjustments.Image ?? options.Image } };
        return new InjectionDecision.Inject(PodPatch.Of(chosen, adjustments), Warnings.Of(request));
    }
}
