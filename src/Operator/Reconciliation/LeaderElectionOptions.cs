namespace Mesh.Operator.Reconciliation;

/// <summary>The lease that replicas compete for.</summary>
/// <param name="Namespace">The operator's own.</param>
/// <param name="Identity">This replica: its pod's name.</param>
internal sealed record LeaderElectionOptions(string Namespace, string Identity)
{
    /// <summary>The lease's name, as <c>config/rbac</c> allows it.</summary>
    public string Lease { get; init; } = "mesh-operator";
}
