using System.Globalization;
using k8s;
using k8s.Models;
using Mesh.LocalCluster.Control;

namespace Mesh.LocalCluster.Workloads;

/// <summary>For each service with a selector, the pods behind it: a slice for each way in which its ports are found.</summary>
internal sealed class EndpointSliceController(Kubernetes client) : IController
{
    private const string ManagedBy = "endpointslice.kubernetes.io/managed-by";
    private const string Name = "endpointslice-controller.k8s.io";

    public async Task ReconcileAsync(ClusterView view, CancellationToken cancellation)
    {
        foreach (var service in view.Services.Where(service => service.Spec.Selector is { Count: > 0 }))
        {
            var wanted = Slices(service, view).ToDictionary(slice => slice.Metadata.Name);
            var found = view.Slices.Where(slice => ClusterView.IsOwned(slice, service)).ToDictionary(slice => slice.Metadata.Name);
            foreach (var slice in wanted.Values) await WriteAsync(slice, found.GetValueOrDefault(slice.Metadata.Name), cancellation);
            foreach (var gone in found.Values.Where(slice => !wanted.ContainsKey(slice.Metadata.Name)))
                await client.DiscoveryV1.DeleteNamespacedEndpointSliceAsync(gone.Metadata.Name, gone.Metadata.NamespaceProperty, cancellationToken: cancellation);
        }
    }

    private async Task WriteAsync(V1EndpointSlice slice, V1EndpointSlice? found, CancellationToken cancellation)
    {
        if (found is null)
        {
            await client.DiscoveryV1.CreateNamespacedEndpointSliceAsync(slice, slice.Metadata.NamespaceProperty, cancellationToken: cancellation);
            return;
        }

        if (Text(found) == Text(slice)) return;
        slice.Metadata.ResourceVersion = found.Metadata.ResourceVersion;
        await client.DiscoveryV1.ReplaceNamespacedEndpointSliceAsync(slice, slice.Metadata.Name, slice.Metadata.NamespaceProperty, cancellationToken: cancellation);
    }

    private static string Text(V1EndpointSlice slice) => KubernetesJson.Serialize(new { slice.Endpoints, slice.Ports });

    private static IEnumerable<V1EndpointSlice> Slices(V1Service service, ClusterView view)
    {
        var pods = view.Pods.Where(pod => IsBehind(pod, service)).OrderBy(pod => pod.Metadata.Name, StringComparer.Ordinal);
        var groups = pods.GroupBy(pod => KubernetesJson.Serialize(Ports(service, pod))).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        foreach (var (i, group) in groups.Index()) yield return Slice(service, i + 1, KubernetesJson.Deserialize<List<Discoveryv1EndpointPort>>(group.Key), [.. group]);
        if (groups.Count == 0) yield return Slice(service, 1, [], []);
    }

    private static bool IsBehind(V1Pod pod, V1Service service) =>
        pod.Metadata.NamespaceProperty == service.Metadata.NamespaceProperty && pod.Status?.PodIP is not null && !pod.IsFinished()
        && service.Spec.Selector.All(label => pod.GetLabel(label.Key) == label.Value);

    private static List<Discoveryv1EndpointPort> Ports(V1Service service, V1Pod pod) =>
    [
        .. from port in service.Spec.Ports ?? []
           let number = TargetPort(port, pod)
           where number is not null
           select new Discoveryv1EndpointPort { Name = port.Name ?? "", Port = number, Protocol = port.Protocol ?? "TCP", AppProtocol = port.AppProtocol },
    ];

    private static int? TargetPort(V1ServicePort port, V1Pod pod)
    {
        var target = port.TargetPort?.Value;
        if (target is null) return port.Port;
        if (int.TryParse(target, CultureInfo.InvariantCulture, out var number)) return number;
        var containers = pod.Spec.Containers.Concat((pod.Spec.InitContainers ?? []).Where(container => container.RestartPolicy is "Always"));
        return containers.SelectMany(container => container.Ports ?? []).FirstOrDefault(declared => declared.Name == target)?.ContainerPort;
    }

    private static V1EndpointSlice Slice(V1Service service, int number, List<Discoveryv1EndpointPort> ports, List<V1Pod> pods) => new()
    {
        Metadata = new()
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"{service.Metadata.Name}-{number}"),
            NamespaceProperty = service.Metadata.NamespaceProperty,
            Labels = new Dictionary<string, string>(service.Metadata.Labels ?? new Dictionary<string, string>())
            {
                ["kubernetes.io/service-name"] = service.Metadata.Name,
                [ManagedBy] = Name,
            },
            OwnerReferences = [Owned.Reference(service)],
        },
        AddressType = "IPv4",
        Ports = ports,
        Endpoints = [.. pods.Select(Endpoint)],
    };

    private static V1Endpoint Endpoint(V1Pod pod) => new()
    {
        Addresses = [pod.Status.PodIP],
        NodeName = pod.Spec.NodeName,
        Conditions = new() { Ready = pod.IsReady() && !pod.IsTerminating(), Serving = pod.IsReady(), Terminating = pod.IsTerminating() },
        TargetRef = new() { Kind = "Pod", Name = pod.Metadata.Name, NamespaceProperty = pod.Metadata.NamespaceProperty, Uid = pod.Metadata.Uid },
    };
}
