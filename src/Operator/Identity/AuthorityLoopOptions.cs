namespace Mesh.Operator.Identity;

/// <summary>How the authority is looked after.</summary>
/// <param name="CheckInterval">How soon what another replica or a person has done to it is noticed.</param>
internal sealed record AuthorityLoopOptions(TimeSpan CheckInterval);
