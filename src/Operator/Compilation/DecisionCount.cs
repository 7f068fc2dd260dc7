namespace Mesh.Operator.Compilation;

/// <summary>How often a policy in mode Shadow would have done something.</summary>
/// <param name="Decision">What, as discovery.proto names it.</param>
/// <param name="Count">How often.</param>
internal sealed record DecisionCount(string Decision, long Count);
