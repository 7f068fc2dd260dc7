using System.Collections.Concurrent;
using Mesh.Operator.Compilation;

namespace Mesh.Operator.Reconciliation;

/// <summary>What statuses should say, as of now, whether or not this replica is the one to write them.</summary>
internal sealed class DesiredStatuses(OtherReplicas others, ReplicaCounts counts)
{
    private readonly ConcurrentDictionary<EntityKey, ResourceStatus> _statuses = new();

    public IEnumerable<EntityKey> Keys => _statuses.Keys;

    public void Set(EntityKey key, ResourceStatus status) => _statuses[key] = status;

    public void Remove(EntityKey key) => _statuses.TryRemove(key, out _);

    /// <returns>Null where the entity is gone, or not known yet.</returns>
    public ResourceStatus? Find(EntityKey key)
    {
        if (!_statuses.TryGetValue(key, out var status)) return null;
        var names = others.Names();
        return names.Count is 0 ? status : others.Qualify(status, names.Count, status.Count is { } count ? counts.Sum(key, Count(status, count), names) : null);
    }

    /// <summary>How far policies are with this replica's proxies.</summary>
    public IReadOnlyDictionary<string, ReplicaCount> Counts() =>
        _statuses.Where(status => status.Value.Count is not null).ToDictionary(status => status.Key.ToString(), status => Count(status.Value, status.Value.Count!.Value));

    private static ReplicaCount Count(ResourceStatus status, ProgrammedCount count) => new(status.Generation, count.Acknowledged, count.Subscribed, count.Refusal, status.Shadow);
}
