using System.Reflection;

namespace Mesh.Cli.Cluster;

/// <summary>What meshctl finds outside of its arguments.</summary>
internal sealed record Surroundings
{
    /// <summary>Opens a cluster by kubeconfig and context; null: kubectl's own.</summary>
    public Func<string?, string?, ICluster> OpenCluster { get; init; } = (kubeconfig, context) => new Kubectl(kubeconfig, context);

    /// <summary>Whether the output is a terminal's.</summary>
    public bool Colours { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>meshctl's version: major, minor and patch.</summary>
    public Version Version { get; init; } = Version.Parse(typeof(Surroundings).Assembly.GetName().Version!.ToString(3));

    /// <summary>That, and the commit that it was built of.</summary>
    public string Build { get; init; } = typeof(Surroundings).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
