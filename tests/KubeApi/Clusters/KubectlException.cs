namespace Mesh.KubeApi.Clusters;

/// <summary>kubectl is missing, or did what a test did not expect.</summary>
public sealed class KubectlException(string message, Exception? inner = null) : Exception(message, inner);
