namespace Mesh.Operator.Reconciliation;

/// <summary>How far a policy is with the proxies of one replica.</summary>
/// <param name="Generation">The policy's, of which it is said.</param>
/// <param name="Acknowledged">Proxies that route by it.</param>
/// <param name="Subscribed">Proxies subscribed to a destination that it is part of.</param>
/// <param name="Refusal">A proxy that can't, and why.</param>
internal sealed record ReplicaCount(long Generation, int Acknowledged, int Subscribed, string? Refusal = null);
