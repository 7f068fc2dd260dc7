using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Api.Authorization;

/// <summary>Whether a policy applies to a pod, and on which ports.</summary>
/// <param name="Applies">Whether it does, or may.</param>
/// <param name="Ports">On which ports; none: on all.</param>
/// <param name="Doubt">What can't be told, so that it must be taken to apply; null where all is known.</param>
internal readonly record struct Applicability(bool Applies, IReadOnlyList<int> Ports, string? Doubt)
{
    private static readonly Applicability Not = new(false, [], null);
    private static readonly Applicability Everywhere = new(true, [], null);

    public static Applicability Of(AuthorizationPolicySpec spec, WorkloadFacts workload)
    {
        if (spec.TargetRefs is { } targets) return Of([.. targets.Select(target => OfService(target.Name, workload))]);
        if (spec.PodSelector is not { } selector) return Everywhere;
        if (workload.Pod is null) return new(true, [], $"the labels of pod {workload.Namespace}/{workload.Name} aren't known");
        return HasLabels(workload.Pod, selector.MatchLabels) ? Everywhere : Not;
    }

    private static Applicability Of(IReadOnlyList<Applicability> services) => services.Any(service => service.Applies)
        ? new(true, [.. services.SelectMany(service => service.Ports).Distinct().Order()], services.FirstOrDefault(service => service.Doubt is not null).Doubt)
        : Not;

    private static Applicability OfService(string name, WorkloadFacts workload)
    {
        if (workload.Service(name) is not { } service) return Not;
        var slices = workload.Slices(name).ToList();
        var isBehind = slices.Any(slice => (slice.Endpoints ?? []).Any(endpoint => IsPod(endpoint, workload)));
        var selector = service.Spec?.Selector;
        if (!isBehind && selector is { Count: > 0 })
        {
            if (workload.Pod is null) return new(true, [], $"the labels of pod {workload.Namespace}/{workload.Name} aren't known");
            isBehind = HasLabels(workload.Pod, selector);
        }
        return isBehind ? OfPorts(service, slices, workload.Pod) : Not;
    }

    private static Applicability OfPorts(V1Service service, List<V1EndpointSlice> slices, V1Pod? pod)
    {
        var ports = new HashSet<int>();
        string? doubt = null;
        foreach (var port in service.Spec?.Ports ?? [])
        {
            var found = TargetPorts(port, slices, pod);
            ports.UnionWith(found);
            if (found.Count == 0) doubt = $"what port {port.Name ?? port.TargetPort?.Value} of Service {service.Namespace()}/{service.Name()} leads to isn't known";
        }
        return new(true, [.. ports.Order()], doubt);
    }

    // What the slices say counts too: they are made by hand for a service without a selector.
    public static HashSet<int> TargetPorts(V1ServicePort port, List<V1EndpointSlice> slices, V1Pod? pod)
    {
        var found = new HashSet<int>();
        foreach (var slice in slices)
        {
            foreach (var endpoint in slice.Ports ?? [])
            {
                if ((endpoint.Name ?? "") == (port.Name ?? "") && endpoint.Port is { } number) found.Add(number);
            }
        }
        if (int.TryParse(port.TargetPort?.Value ?? (found.Count == 0 ? $"{port.Port}" : null), out var target)) found.Add(target);
        else if (port.TargetPort?.Value is { Length: > 0 } name)
        {
            found.UnionWith((pod?.Spec?.Containers ?? []).SelectMany(container => container.Ports ?? []).Where(p => p.Name == name).Select(p => p.ContainerPort));
        }
        return found;
    }

    private static bool IsPod(V1Endpoint endpoint, WorkloadFacts workload) =>
        endpoint.TargetRef is { Kind: "Pod" } pod && pod.Name == workload.Name && (pod.NamespaceProperty ?? workload.Namespace) == workload.Namespace;

    private static bool HasLabels(V1Pod pod, IEnumerable<KeyValuePair<string, string>> labels) =>
        labels.All(label => pod.Metadata.Labels is { } own && own.TryGetValue(label.Key, out var value) && value == label.Value);
}
