namespace Mesh.Operator.Discovery;

/// <summary>How an update says what a destination is, or that it says what holds for a pod.</summary>
internal enum UpdateKind
{
    Whole,
    Delta,
    Workload,
}
