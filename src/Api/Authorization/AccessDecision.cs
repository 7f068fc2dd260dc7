using Mesh.Api.Discovery;

namespace Mesh.Api.Authorization;

/// <summary>Whether something may be done, and why.</summary>
/// <param name="IsAllowed">Whether it may.</param>
/// <param name="Reason">Why.</param>
/// <param name="Policy">The policy whose rule decided; null where none did.</param>
/// <param name="Rule">The rule that decided: its name, or its place; null where none did.</param>
public readonly record struct AccessDecision(bool IsAllowed, AccessReason Reason, PolicySource? Policy = null, string? Rule = null);

/// <summary>Why something may be done, or may not.</summary>
public enum AccessReason
{
    /// <summary>No Allow policy applies, and the default lets it in, or doesn't.</summary>
    Default,

    /// <summary>A rule of an Allow policy matches.</summary>
    Allowed,

    /// <summary>A rule of a Deny policy matches.</summary>
    Denied,

    /// <summary>Allow policies apply, and no rule of theirs matches.</summary>
    NotAllowed,
}
