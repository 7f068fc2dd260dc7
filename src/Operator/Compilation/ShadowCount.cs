namespace Mesh.Operator.Compilation;

/// <summary>What a policy in mode Shadow would have done so far.</summary>
/// <param name="Since">When counting began.</param>
/// <param name="Requests">The requests that it was evaluated on.</param>
/// <param name="Decisions">How often it would have done what, the most frequent first.</param>
/// <param name="Ejected">The endpoints that it would have ejected, at most ten.</param>
internal sealed record ShadowCount(DateTimeOffset Since, long Requests, IReadOnlyList<(string Decision, long Count)> Decisions, IReadOnlyList<string> Ejected);
