using k8s;

namespace Mesh.Operator.Reconciliation;

/// <summary>Where replicas say how far policies are with their proxies: a ConfigMap that they share, an entry each.</summary>
internal sealed class ReplicaWords(IKubernetes kubernetes, LeaderElectionOptions self)
{
    /// <summary>The ConfigMap, as <c>config/rbac</c> allows it.</summary>
    public const string ConfigMap = "mesh-policy-progress";

    private readonly SharedConfigMap _map = new(kubernetes, self.Namespace, ConfigMap);

    /// <summary>What each has said last.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>> ReadAsync(CancellationToken cancellationToken) =>
        await _map.FindAsync(cancellationToken) is { BinaryData: { } said } ? said.AsReadOnly() : new Dictionary<string, byte[]>();

    /// <summary>Leaves word in place of the one before, and takes away that of replicas that are gone.</summary>
    public Task SayAsync(ReplicaWord word, IReadOnlyCollection<string> others, CancellationToken cancellationToken)
    {
        var bytes = word.ToBytes();
        return _map.ChangeAsync(map =>
        {
            var said = (map.BinaryData ?? new Dictionary<string, byte[]>()).Where(entry => others.Contains(entry.Key)).ToDictionary();
            said[self.Identity] = bytes;
            map.BinaryData = said;
        }, cancellationToken);
    }
}
