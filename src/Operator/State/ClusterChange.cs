namespace Mesh.Operator.State;

/// <summary>The newest snapshot, and what may have changed since the one that the same reader took before.</summary>
internal readonly record struct ClusterChange(ClusterSnapshot Snapshot, ChangeSet Changes);
