namespace Mesh.Operator.Compilation;

/// <summary>How far a policy has come.</summary>
/// <param name="Acknowledged">Proxies that route by it.</param>
/// <param name="Subscribed">Proxies subscribed to a destination that it is part of.</param>
/// <param name="Refusal">A proxy that can't, and why, for people; null where there is none.</param>
internal readonly record struct ProgrammedCount(int Acknowledged, int Subscribed, string? Refusal = null);
