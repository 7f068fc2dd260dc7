using k8s;
using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.State;
using Mesh.Operator.Status;

namespace Mesh.Operator.Reconciliation;

/// <summary>Has an entity's status say what it should, and tells of what turned bad as events.</summary>
internal sealed class StatusController<TEntity>(DesiredStatuses desired, EntityClient<TEntity> client, PolicyEvents events, TimeProvider time)
    : IEntityController<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>, IStatus<PolicyStatus?>
{
    public async Task ReconcileAsync(TEntity entity, CancellationToken cancellationToken)
    {
        var key = new EntityKey(ResourceKinds.Of(entity), NamespacedName.Of(entity));
        if (desired.Find(key) is not { } status || StatusMerge.Merge(entity.Status, status, time.GetUtcNow()) is not { } merged) return;
        await client.PatchStatusAsync(entity, merged, cancellationToken);
        await events.TellAsync(entity, entity.Status, merged, cancellationToken);
    }
}
