namespace Mesh.KubeApi.Clusters;

/// <summary>A program is missing, or did what a test did not expect.</summary>
public sealed class ToolException(string message, Exception? inner = null) : Exception(message, inner);
