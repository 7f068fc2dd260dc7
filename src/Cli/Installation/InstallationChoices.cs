namespace Mesh.Cli.Installation;

/// <summary>What an installation may choose. For more there is the chart.</summary>
internal sealed record InstallationChoices
{
    /// <summary>The operator's namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Whether the operator is to outlive a node, as charts/mesh/values-ha.yaml has it.</summary>
    public bool HighlyAvailable { get; init; }

    /// <summary>Whether each node gets the CNI plugin.</summary>
    public bool Cni { get; init; }

    /// <summary>Where images come from; null: by their names alone.</summary>
    public string? Registry { get; init; }

    /// <summary>Their tag; null: meshctl's version.</summary>
    public string? Tag { get; init; }
}
