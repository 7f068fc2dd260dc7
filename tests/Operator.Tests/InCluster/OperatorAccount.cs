using Mesh.KubeApi.Clusters;

namespace Mesh.Operator.Tests.InCluster;

/// <summary>The service account that <c>config/rbac</c> gives the operator, with its rights and no others, under another name and in another namespace.</summary>
internal sealed class OperatorAccount : IAsyncDisposable
{
    private readonly ClusterFixture _cluster;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-operator-account-");
    private readonly string _name;

    private OperatorAccount(ClusterFixture cluster, string name) => (_cluster, _name) = (cluster, name);

    public string KubeConfigPath => Path.Combine(_folder.FullName, "kubeconfig");

    /// <param name="cluster">Where.</param>
    /// <param name="name">Of the namespace, which exists, and of everything that <c>config</c> calls mesh-operator.</param>
    public static async Task<OperatorAccount> CreateAsync(ClusterFixture cluster, string name)
    {
        var account = new OperatorAccount(cluster, name);
        (await cluster.Kubectl.RunWithInputAsync(await account.RbacAsync(), "apply", "-f", "-")).Succeeded();
        await cluster.WriteKubeConfigAsync(account.KubeConfigPath, name, name);
        return account;
    }

    public async ValueTask DisposeAsync()
    {
        // What lies in the namespace goes with it.
        await _cluster.Kubectl.RunAsync("delete", "clusterrole,clusterrolebinding", _name, "--ignore-not-found");
        _folder.Delete(recursive: true);
    }

    private async Task<string> RbacAsync() =>
        (await _cluster.Kubectl.RunAsync("kustomize", Path.Combine(OperatorFixture.ConfigFolder, "rbac"))).Succeeded()
            .Replace("mesh-operator", _name, StringComparison.Ordinal).Replace("mesh-system", _name, StringComparison.Ordinal);
}
