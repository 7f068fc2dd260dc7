using System.Globalization;
using k8s;
using k8s.Models;

namespace Mesh.LocalCluster.Control;

/// <summary>The cluster at one moment: read anew before each pass, so that a controller sees what it wrote in the pass before.</summary>
internal sealed record ClusterView(
    IList<V1Namespace> Namespaces, IList<V1ServiceAccount> ServiceAccounts, IList<V1Service> Services, IList<V1EndpointSlice> Slices,
    IList<V1Deployment> Deployments, IList<V1ReplicaSet> ReplicaSets, IList<V1Job> Jobs, IList<V1Pod> Pods)
{
    /// <summary>Read from the bottom up: what is there had an owner when it was read.</summary>
    public static async Task<ClusterView> ReadAsync(Kubernetes client, CancellationToken cancellation)
    {
        var pods = await client.CoreV1.ListPodForAllNamespacesAsync(cancellationToken: cancellation);
        var slices = await client.DiscoveryV1.ListEndpointSliceForAllNamespacesAsync(cancellationToken: cancellation);
        var replicaSets = await client.AppsV1.ListReplicaSetForAllNamespacesAsync(cancellationToken: cancellation);
        var deployments = await client.AppsV1.ListDeploymentForAllNamespacesAsync(cancellationToken: cancellation);
        var jobs = await client.BatchV1.ListJobForAllNamespacesAsync(cancellationToken: cancellation);
        var services = await client.CoreV1.ListServiceForAllNamespacesAsync(cancellationToken: cancellation);
        var accounts = await client.CoreV1.ListServiceAccountForAllNamespacesAsync(cancellationToken: cancellation);
        var namespaces = await client.CoreV1.ListNamespaceAsync(cancellationToken: cancellation);
        return new(namespaces.Items, accounts.Items, services.Items, slices.Items, deployments.Items, replicaSets.Items, jobs.Items, pods.Items);
    }

    /// <summary>Where connections to a service's port go, as <c>address:port</c>: to ready endpoints; where none is, to those that still serve.</summary>
    public IEnumerable<string> Endpoints(V1Service service, string port)
    {
        var all = Slices
            .Where(slice => slice.Metadata.NamespaceProperty == service.Metadata.NamespaceProperty && slice.GetLabel("kubernetes.io/service-name") == service.Metadata.Name)
            .SelectMany(slice => slice.Endpoints ?? [], (slice, endpoint) => (Port: slice.Ports?.FirstOrDefault(p => (p.Name ?? "") == port)?.Port, Endpoint: endpoint))
            .Where(found => found.Port is not null)
            .ToList();
        var ready = all.Where(found => found.Endpoint.Conditions?.Ready is not false).ToList();
        var chosen = ready.Count > 0 ? ready : all.Where(found => found.Endpoint.Conditions?.Serving is true);
        return chosen.SelectMany(found => found.Endpoint.Addresses, (found, address) => string.Create(CultureInfo.InvariantCulture, $"{address}:{found.Port}"))
            .Order(StringComparer.Ordinal);
    }

    public IEnumerable<V1Pod> PodsOf(IKubernetesObject<V1ObjectMeta> owner) => Pods.Where(pod => IsOwned(pod, owner));

    public static bool IsOwned(IKubernetesObject<V1ObjectMeta> value, IKubernetesObject<V1ObjectMeta> owner) =>
        value.Metadata.OwnerReferences?.Any(reference => reference.Uid == owner.Metadata.Uid) is true;
}
