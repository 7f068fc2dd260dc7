using System.Collections.Concurrent;
using Mesh.Operator.Compilation;

namespace Mesh.Operator.Reconciliation;

/// <summary>What statuses should say, as of now, whether or not this replica is the one to write them.</summary>
internal sealed class DesiredStatuses(OtherReplicas others)
{
    private readonly ConcurrentDictionary<EntityKey, ResourceStatus> _statuses = new();

    public IEnumerable<EntityKey> Keys => _statuses.Keys;

    public void Set(EntityKey key, ResourceStatus status) => _statuses[key] = status;

    public void Remove(EntityKey key) => _statuses.TryRemove(key, out _);

    /// <returns>Null where the entity is gone, or not known yet.</returns>
    public ResourceStatus? Find(EntityKey key) => _statuses.TryGetValue(key, out var status) ? others.Qualify(status) : null;
}
