namespace Mesh.KubeApi.Clusters;

/// <summary>The kubectl on PATH.</summary>
public sealed class Kubectl(string kubeConfigPath) : ClusterTool("kubectl", "https://kubernetes.io/docs/tasks/tools/", kubeConfigPath);
