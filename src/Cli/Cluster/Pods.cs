using System.Text.Json.Nodes;

namespace Mesh.Cli.Cluster;

internal static class Pods
{
    /// <summary>Whether it runs or is about to: it has not ended, and is not being taken away.</summary>
    public static bool Run(JsonObject pod) => pod.Text("status", "phase") is "Running" or "Pending" or "" && pod.Text("metadata", "deletionTimestamp").Length == 0;
}
