using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Status;

/// <summary>What changed since the report before: the first one holds every object.</summary>
/// <param name="Snapshot">The state that the report speaks of.</param>
/// <param name="Statuses">Objects whose status should read differently now.</param>
/// <param name="Removed">Objects that are gone.</param>
internal sealed record StatusReport(
    ClusterSnapshot Snapshot,
    IReadOnlyList<ResourceStatus> Statuses,
    IReadOnlyList<(ResourceKind Kind, NamespacedName Name)> Removed);
