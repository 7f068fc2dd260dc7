namespace Mesh.Operator.Identity;

/// <summary>One step of a rotation.</summary>
/// <param name="Record">What is to be stored.</param>
/// <param name="What">What was done, and why.</param>
internal sealed record RotationStep(AuthorityRecord Record, string What);
