namespace Mesh.Cli.Cluster;

/// <summary>The cluster could not be asked, or said no.</summary>
internal sealed class ClusterException(string message) : Exception(message);
