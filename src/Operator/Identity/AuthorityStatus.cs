using Mesh.Operator.Compilation;
using Mesh.Operator.Discovery;
using Mesh.Operator.State;

namespace Mesh.Operator.Identity;

/// <summary>How the authority is, for MeshConfig's status.</summary>
internal sealed class AuthorityStatus(SubscriptionTable table)
{
    private volatile Condition? _condition;

    /// <summary>Null where there are no identities, or nothing is known yet.</summary>
    public Condition? Condition => _condition;

    public void Say(Condition condition)
    {
        if (_condition == condition) return;
        _condition = condition;
        // Statuses are written when something has changed, and this is nothing that the cluster knows of.
        table.Applied.Add(new ChangeSet { Everything = true });
    }
}
