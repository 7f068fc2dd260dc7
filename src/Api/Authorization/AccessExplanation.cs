namespace Mesh.Api.Authorization;

/// <summary>A decision in words.</summary>
/// <param name="Sentence">Who may or may not do what, and why.</param>
/// <param name="Policies">The policies that decided, as <c>namespace/name@generation</c>; none where the default did.</param>
/// <param name="Rule">The rule that decided; null where none did.</param>
/// <param name="Caller">Who asked: a SPIFFE id, or an address.</param>
public sealed record AccessExplanation(string Sentence, IReadOnlyList<string> Policies, string? Rule, string Caller);
