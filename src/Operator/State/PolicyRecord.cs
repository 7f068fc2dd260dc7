using Mesh.Api.Resources;

namespace Mesh.Operator.State;

/// <summary>A TrafficPolicy as it was last seen and as it is in force: an edit that is invalid leaves the version before it at work.</summary>
/// <param name="Latest">The newest version that could be read.</param>
/// <param name="InForce">The newest valid version; null where there has been none.</param>
/// <param name="Errors">What is wrong with the newest version, each with field, value found and value expected.</param>
internal sealed record PolicyRecord(TrafficPolicy Latest, TrafficPolicy? InForce, IReadOnlyList<string> Errors)
{
    public NamespacedName Name { get; } = NamespacedName.Of(Latest);
}
