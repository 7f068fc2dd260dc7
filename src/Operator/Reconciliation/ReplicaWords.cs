using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Mesh.Operator.Reconciliation;

/// <summary>Where replicas say how far policies are with their proxies: a ConfigMap that they share, an entry each.</summary>
internal sealed class ReplicaWords(IKubernetes kubernetes, LeaderElectionOptions self)
{
    /// <summary>The ConfigMap, as <c>config/rbac</c> allows it.</summary>
    public const string ConfigMap = "mesh-policy-progress";

    // Others write at the same time: who was slower reads and writes again.
    private const int Tries = 8;

    /// <summary>What each has said last.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>> ReadAsync(CancellationToken cancellationToken) =>
        await FindAsync(cancellationToken) is { BinaryData: { } said } ? said.AsReadOnly() : new Dictionary<string, byte[]>();

    /// <summary>Leaves word in place of the one before, and takes away that of replicas that are gone.</summary>
    public async Task SayAsync(ReplicaWord word, IReadOnlyCollection<string> others, CancellationToken cancellationToken)
    {
        var bytes = word.ToBytes();
        for (var tries = 1; ; tries++)
        {
            try
            {
                await WriteAsync(await FindAsync(cancellationToken), bytes, others, cancellationToken);
                return;
            }
            catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.Conflict && tries < Tries)
            {
                // Read again.
            }
        }
    }

    private async Task WriteAsync(V1ConfigMap? map, byte[] word, IReadOnlyCollection<string> others, CancellationToken cancellationToken)
    {
        var said = (map?.BinaryData ?? new Dictionary<string, byte[]>()).Where(entry => others.Contains(entry.Key)).ToDictionary();
        said[self.Identity] = word;
        if (map is null)
        {
            map = new() { Metadata = new() { Name = ConfigMap, NamespaceProperty = self.Namespace }, BinaryData = said };
            await kubernetes.CoreV1.CreateNamespacedConfigMapAsync(map, self.Namespace, cancellationToken: cancellationToken);
            return;
        }
        map.BinaryData = said;
        await kubernetes.CoreV1.ReplaceNamespacedConfigMapAsync(map, ConfigMap, self.Namespace, cancellationToken: cancellationToken);
    }

    private async Task<V1ConfigMap?> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await kubernetes.CoreV1.ReadNamespacedConfigMapAsync(ConfigMap, self.Namespace, cancellationToken: cancellationToken);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }
    }
}
