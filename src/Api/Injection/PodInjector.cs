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
    /// A pod that is injected is left alone when it comes again, but for what others have added to it. One that is to be injected and can't be is refused with all that is
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
        if (IsInjected(pod)) return LaterAdditions.Decide(request);
        var annotations = new AnnotationReading(request);
        var adjustments = annotations.Read();
        List<string> reasons = [.. Refusals.Of(request), .. annotations.Errors];
        if (reasons.Count > 0) return new InjectionDecision.Deny(reasons);
        var chosen = request with { Options = options with { Image = adjustments.Image ?? options.Image } };
        return new InjectionDecision.Inject(PodPatch.Of(chosen, adjustments), Warnings.Of(request));
    }

    /// <summary>Whether containers may join a pod that runs, as <c>kubectl debug</c> brings them.</summary>
    /// <param name="pod">The pod with them.</param>
    /// <returns>Why not; null where they may.</returns>
    public static string? DebugRefusal(V1Pod pod)
    {
        ArgumentNullException.ThrowIfNull(pod);
        var container = IsInjected(pod) ? pod.Spec.EphemeralContainers?.FirstOrDefault(c => c.SecurityContext?.RunAsUser == Sidecar.UserId) : null;
        return container is null ? null : $"container {container.Name}: securityContext.runAsUser: found {Sidecar.UserId}, expected another: what the sidecar's user opens is not intercepted";
    }

    /// <summary>Whether a pod has our sidecar.</summary>
    public static bool IsInjected(V1Pod pod)
    {
        ArgumentNullException.ThrowIfNull(pod);
        return (pod.Spec?.InitContainers ?? []).Concat(pod.Spec?.Containers ?? []).Any(container => container.Name == Sidecar.ContainerName);
    }

    /// <summary>Whether a pod's annotation of that name makes a difference to <see cref="IsMissed"/>, or to the mesh elsewhere.</summary>
    public static bool Reads(string annotation)
    {
        ArgumentNullException.ThrowIfNull(annotation);
        return LeftAlone.Reads(annotation);
    }

    /// <summary>
    /// Whether a pod that runs should have a sidecar and has none: the webhook wasn't asked, or didn't answer. One that would have been
    /// refused counts, too.
    /// </summary>
    /// <param name="pod">As it runs. Its images, probes and security contexts don't matter.</param>
    /// <param name="namespaceAnnotations">Those of its namespace.</param>
    /// <param name="options">What all sidecars have in common.</param>
    public static bool IsMissed(V1Pod pod, IDictionary<string, string>? namespaceAnnotations, SidecarOptions options)
    {
        ArgumentNullException.ThrowIfNull(pod);
        return pod.Status?.Phase is not ("Succeeded" or "Failed") && !IsInjected(pod)
            && LeftAlone.Decide(new(pod, pod.Metadata.NamespaceProperty, namespaceAnnotations, options)) is not InjectionDecision.LeaveAlone;
    }
}
