using Mesh.KubeApi.Clusters;

namespace Mesh.KubeApi.Tests;

/// <summary>What a service account may do is what is bound to it.</summary>
public sealed class AuthorizationTests(ClusterFixture cluster) : ClusterTest(cluster)
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-authorization-");

    private Kubectl Worker => field ??= new(Path.Combine(_folder.FullName, "kubeconfig"));

    public override async ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData("{apiGroups: [''], resources: [pods], verbs: [list]}", "get pods")]
    [InlineData("{apiGroups: [''], resources: [secrets], resourceNames: [mine], verbs: [get]}", "get secret mine", "get secret other", "get secrets")]
    [InlineData("{apiGroups: [''], resources: [secrets], resourceNames: [mine], verbs: [list]}", "get secrets --field-selector=metadata.name=mine", "get secrets")]
    [InlineData("{apiGroups: [''], resources: [secrets], verbs: [create]}", "create secret generic new", "get secrets")]
    [InlineData("{apiGroups: [''], resources: ['*'], verbs: ['*']}", "create secret generic new", "get deployments")]
    [InlineData("{apiGroups: [apps], resources: [deployments], verbs: [get]}", "get deployment app", "get deployment app -n default", "get pods", "delete deployment app")]
    [InlineData("{apiGroups: [apps], resources: [deployments], verbs: [get, patch]}", "label deployment app a=b", "patch deployment app --subresource=status -p {}")]
    [InlineData("{apiGroups: [apps], resources: [deployments, deployments/status], verbs: [get, patch]}", "patch deployment app --subresource=status -p {}")]
    // Applying what is not there creates it.
    [InlineData("{apiGroups: [''], resources: [configmaps], verbs: [patch]}", null, "apply --server-side -f {manifest}")]
    [InlineData("{apiGroups: [''], resources: [configmaps], resourceNames: [new], verbs: [patch, create]}", "apply --server-side -f {manifest}", "create configmap new")]
    public async Task Role_AllowsWhatItSays_AndNothingElse(string rule, string? allowed, params string[] refused)
    {
        var ns = await CreateWorkerAsync(rule);

        // The manifest exists, and the object does not, until it may be made.
        foreach (var command in refused) Assert.Contains("orbidden", (await RunAsync(ns, command)).Failed(), StringComparison.Ordinal);
        if (allowed is not null) Assert.DoesNotContain("orbidden", (await RunAsync(ns, allowed)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NobodysRoles_GiveDiscoveryAndNoMore()
    {
        var ns = await CreateWorkerAsync("{apiGroups: [''], resources: [pods], verbs: [get]}");

        (await RunAsync(ns, "version")).Succeeded();
        (await RunAsync(ns, "api-resources")).Succeeded();
        Assert.Contains("orbidden", (await RunAsync(ns, "get --raw /metrics")).Failed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CanI_SaysWhatWouldBe()
    {
        var ns = await CreateWorkerAsync("{apiGroups: [''], resources: [pods], verbs: [get]}");

        Assert.Equal("yes\n", (await RunAsync(ns, "auth can-i get pods")).Succeeded());
        Assert.Equal("no\n", (await RunAsync(ns, "auth can-i delete pods")).Output);
    }

    private Task<ToolResult> RunAsync(string ns, string command) =>
        Worker.RunAsync([.. command.Replace("{manifest}", Path.Combine(_folder.FullName, "manifest.yaml"), StringComparison.Ordinal).Split(' '), .. command.Contains(" -n ", StringComparison.Ordinal) ? Array.Empty<string>() : ["-n", ns]]);

    private async Task<string> CreateWorkerAsync(string rule)
    {
        var ns = await CreateNamespaceAsync();
        (await Cluster.Kubectl.RunWithInputAsync($$"""
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: worker, namespace: {{ns}}}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: worker, namespace: {{ns}}}
            rules: [{{rule}}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: worker, namespace: {{ns}}}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: worker}
            subjects: [{kind: ServiceAccount, name: worker, namespace: {{ns}}}]
            """, "apply", "-f", "-")).Succeeded();
        (await Cluster.Kubectl.RunAsync("create", "deployment", "app", "--image=app", "-n", ns)).Succeeded();
        (await Cluster.Kubectl.RunAsync("create", "secret", "generic", "mine", "-n", ns)).Succeeded();
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "manifest.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\n", Cancellation);
        await Cluster.WriteKubeConfigAsync(Path.Combine(_folder.FullName, "kubeconfig"), ns, "worker");
        return ns;
    }
}
