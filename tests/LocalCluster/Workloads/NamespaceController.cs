using k8s;
using k8s.Models;
using Mesh.LocalCluster.Control;

namespace Mesh.LocalCluster.Workloads;

/// <summary>What every namespace has: the account "default", and the certificate authority of the API server.</summary>
internal sealed class NamespaceController(Kubernetes client, string authority) : IController
{
    private const string Account = "default";

    public async Task ReconcileAsync(ClusterView view, CancellationToken cancellation)
    {
        foreach (var name in view.Namespaces.Where(space => space.Metadata.DeletionTimestamp is null).Select(space => space.Metadata.Name))
        {
            if (view.ServiceAccounts.Any(account => account.Metadata.NamespaceProperty == name && account.Metadata.Name == Account)) continue;
            var certificates = new V1ConfigMap { Metadata = new() { Name = "kube-root-ca.crt" }, Data = new Dictionary<string, string> { ["ca.crt"] = authority } };
            await client.CoreV1.CreateNamespacedConfigMapAsync(certificates, name, cancellationToken: cancellation);
            await client.CoreV1.CreateNamespacedServiceAccountAsync(new() { Metadata = new() { Name = Account } }, name, cancellationToken: cancellation);
        }
    }
}
