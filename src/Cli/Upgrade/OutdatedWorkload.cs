using Mesh.Cli.Cluster;

namespace Mesh.Cli.Upgrade;

/// <summary>A workload whose pods have sidecars of another image than new ones would get.</summary>
/// <param name="Workload">Which.</param>
/// <param name="Pods">How many of its pods.</param>
/// <param name="Images">Their sidecars' images.</param>
internal sealed record OutdatedWorkload(Workload Workload, int Pods, IReadOnlyList<string> Images);
