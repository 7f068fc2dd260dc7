using k8s;
using k8s.Models;

namespace Mesh.Operator.Reconciliation;

/// <summary>Brings the API server's view of an entity in line with ours. Named as KubeOps names it.</summary>
internal interface IEntityController<in TEntity>
    where TEntity : IKubernetesObject<V1ObjectMeta>
{
    /// <param name="entity">The entity as the API server has it now.</param>
    /// <param name="cancellationToken">Ends with this replica's lease.</param>
    Task ReconcileAsync(TEntity entity, CancellationToken cancellationToken);
}
