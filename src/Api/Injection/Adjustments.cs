using Mesh.Api.Interception;

namespace Mesh.Api.Injection;

/// <summary>What a pod's annotations, and its grace period, change of its sidecar.</summary>
internal sealed record Adjustments
{
    /// <summary>Null: the mesh's.</summary>
    public string? Image { get; init; }

    public SidecarResources Resources { get; init; } = new();

    /// <summary>Null: the proxy's own default.</summary>
    public string? LogLevel { get; init; }

    public required TimeSpan DrainTimeout { get; init; }

    public required SkippedTraffic Skipped { get; init; }

    public bool RewritesProbes { get; init; } = true;
}
