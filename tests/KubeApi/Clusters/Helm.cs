namespace Mesh.KubeApi.Clusters;

/// <summary>The helm on PATH.</summary>
public sealed class Helm(string kubeConfigPath) : ClusterTool("helm", "eng/prerequisites.sh test, or https://helm.sh/docs/intro/install", kubeConfigPath);
