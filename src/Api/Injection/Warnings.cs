using Mesh.Api.Resources;

namespace Mesh.Api.Injection;

/// <summary>What whoever creates a pod that gets a sidecar should know.</summary>
internal static class Warnings
{
    public static IReadOnlyList<string> Of(InjectionRequest request) => [.. UnknownAnnotations(request), .. InitContainersWithoutNetwork(request)];

    private static IEnumerable<string> UnknownAnnotations(InjectionRequest request) =>
        from name in request.Pod.Metadata?.Annotations?.Keys ?? []
        where name.StartsWith(PodAnnotations.Prefix, StringComparison.Ordinal) && !PodAnnotations.Known.Contains(name)
        orderby name
        select $"annotation {name} on the pod has no effect; known are {string.Join(", ", PodAnnotations.Known)}";

    // The plugin's rules are there from the first container on, and an ordinary container starts after them all.
    private static IEnumerable<string> InitContainersWithoutNetwork(InjectionRequest request)
    {
        if (request.Options is { NativeSidecars: false, Interception: InterceptionMode.Cni } && request.Pod.Spec.InitContainers is { Count: > 0 } containers)
        {
            yield return $"init containers {string.Join(", ", containers.Select(container => container.Name))}: "
                + "their TCP connections fail, since the sidecar starts after them: on clusters before Kubernetes 1.29 use interception Init, or skip what they connect to";
        }
    }
}
