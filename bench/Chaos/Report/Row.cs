namespace Mesh.Chaos.Report;

/// <summary>A failure, and what came of it on both sides.</summary>
internal sealed record Row(string Failure, Outcome Without, Outcome With, Verdict Verdict);
