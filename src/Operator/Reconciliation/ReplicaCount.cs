using Mesh.Operator.Compilation;

namespace Mesh.Operator.Reconciliation;

/// <summary>How far a policy is with the proxies of one replica.</summary>
/// <param name="Generation">The policy's, of which it is said.</param>
/// <param name="Acknowledged">Proxies that route by it.</param>
/// <param name="Subscribed">Proxies subscribed to a destination that it is part of.</param>
/// <param name="Refusal">A proxy that can't, and why.</param>
/// <param name="Shadow">What it would have done; null where it is in force, or nothing has been counted.</param>
internal sealed record ReplicaCount(long Generation, int Acknowledged, int Subscribed, string? Refusal = null, ShadowCount? Shadow = null)
{
    /// <summary>With what another replica's proxies add to it; the generation is this one's.</summary>
    public ReplicaCount Add(ReplicaCount other) => new(
        Generation, Acknowledged + other.Acknowledged, Subscribed + other.Subscribed, Refusal ?? other.Refusal, ShadowCount.Sum(Shadow, other.Shadow));
}
