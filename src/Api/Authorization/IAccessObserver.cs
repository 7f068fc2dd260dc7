using Mesh.Api.Discovery;

namespace Mesh.Api.Authorization;

/// <summary>Is told what policies see without deciding.</summary>
public interface IAccessObserver
{
    /// <summary>A rule of an Audit policy matches.</summary>
    void Audited(PolicySource policy, string rule);

    /// <summary>With a policy in mode Shadow in force, it would have been decided otherwise.</summary>
    /// <param name="policy">The policy that would have decided.</param>
    /// <param name="rule">Its rule; empty where it is that none of its rules matches.</param>
    /// <param name="wouldAllow">What would have been decided.</param>
    void WouldDecide(PolicySource policy, string rule, bool wouldAllow);
}
