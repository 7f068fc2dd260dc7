namespace Mesh.Cli.Check;

/// <summary>One question about the mesh.</summary>
/// <param name="Category">What it belongs to, for the reader.</param>
/// <param name="Name">What is to be true.</param>
/// <param name="Hint">What to do where it isn't.</param>
/// <param name="Look">Finds out.</param>
internal sealed record HealthCheck(string Category, string Name, string Hint, Func<MeshView, Verdict> Look)
{
    /// <summary>Without this one the rest have nothing to look at.</summary>
    public bool EndsTheRun { get; init; }
}
