using Mesh.Operator.Compilation;

namespace Mesh.Operator.Identity;

/// <summary>How the authority is, for MeshConfig's status.</summary>
internal sealed class AuthorityStatus
{
    private volatile Condition? _condition;

    /// <summary>Null where there are no identities, or nothing is known yet.</summary>
    public Condition? Condition => _condition;

    /// <summary>It is another.</summary>
    public event Action? Changed;

    public void Say(Condition condition)
    {
        if (_condition == condition) return;
        _condition = condition;
        Changed?.Invoke();
    }
}
