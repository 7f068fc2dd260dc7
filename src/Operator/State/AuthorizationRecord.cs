using Mesh.Api.Authorization;
using Mesh.Api.Resources;

namespace Mesh.Operator.State;

/// <summary>
/// An AuthorizationPolicy as it was last seen. Unlike a TrafficPolicy's, an earlier version does not stay at work where this one is
/// invalid: what it was to restrict is not known any more, so that everything it applies to is refused.
/// </summary>
/// <param name="Latest">The newest version; where it can't be read, as much of what it applies to as can.</param>
/// <param name="Errors">What is wrong with it, each with field, value found and value expected.</param>
internal sealed record AuthorizationRecord(AuthorizationPolicy Latest, IReadOnlyList<string> Errors)
{
    public NamespacedName Name { get; } = NamespacedName.Of(Latest);

    /// <summary>As it is to be taken.</summary>
    public PolicyVersion Version { get; } = Errors.Count == 0 ? new(Latest, IsReadable: true) : new(UnreadablePolicy.TargetsOf(Latest), IsReadable: false);

    public static AuthorizationRecord Of(AuthorizationPolicy policy) => new(policy, [.. ResourceValidation.Validate(policy).Select(error => error.ToString())]);
}
