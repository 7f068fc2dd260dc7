using Mesh.Rig.Traffic;

namespace Shop.Demo.Story;

/// <summary>Whether the run showed what it is there to show.</summary>
internal sealed record Verdict(bool Met, string Reason)
{
    /// <summary>The share of requests that must succeed with the mesh.</summary>
    public const double Target = 0.999;

    public static Verdict Of(Tally without, Tally with) => (without, with) switch
    {
        { with.Total: 0 } or { without.Total: 0 } => new(false, "no request was answered"),
        { with.SuccessShare: < Target } => new(false, $"with the mesh {with.Success} succeeded, expected at least {Target:P1}"),
        { without.Failed: 0 } => new(false, "without the mesh nothing failed either: the run was too short to show anything"),
        _ => new(true, $"with the mesh {with.Success} succeeded (target {Target:P1}), without it {without.Success}"),
    };
}
