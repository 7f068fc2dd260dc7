using System.Reflection;
using Mesh.KubeApi.Clusters;

namespace Mesh.Chart.Tests;

/// <summary>meshctl, as it was built; MESH_MESHCTL names another, such as the one that is compiled ahead of time.</summary>
internal sealed class Meshctl(string kubeConfigPath) : ClusterTool(Program, "dotnet build src/Cli", kubeConfigPath)
{
    private static readonly string Program = Environment.GetEnvironmentVariable("MESH_MESHCTL") is { Length: > 0 } path ? path
        : typeof(Meshctl).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "Program:meshctl").Value!;
}
