using k8s;
using k8s.Models;
using Xunit;

namespace Mesh.KubeApi.Clusters;

/// <summary>
/// The API server of a test class or collection: a real one where KUBEBUILDER_ASSETS names a folder with etcd and
/// kube-apiserver, the cluster of KUBECONFIG where MESH_TEST_EXISTING_CLUSTER=1, else the stand-in.
/// </summary>
public class ClusterFixture : IAsyncLifetime
{
    private ICluster? _cluster;

    /// <summary>The cluster that tests run against.</summary>
    public ICluster Cluster => _cluster ?? throw new InvalidOperationException("The fixture has not been initialized.");

    /// <summary>Real kubectl, for this cluster.</summary>
    public Kubectl Kubectl => field ??= new(Cluster.KubeConfigPath);

    /// <summary>Real helm, for this cluster.</summary>
    public Helm Helm => field ??= new(Cluster.KubeConfigPath);

    /// <summary>The stand-in; elsewhere the test is skipped.</summary>
    public ApiServer StandIn
    {
        get
        {
            Assert.SkipWhen(Cluster.StandIn is null, $"needs the stand-in API server's faults; this runs against {Cluster.Description}");
            return Cluster.StandIn!;
        }
    }

    /// <summary>How the stand-in behaves.</summary>
    protected virtual ApiServerOptions Options => new();

    /// <summary>A client's configuration, as from a kubeconfig file.</summary>
    public KubernetesClientConfiguration Configuration => KubernetesClientConfiguration.BuildConfigFromConfigFile(Cluster.KubeConfigPath);

    /// <summary>A client of the cluster's administrator.</summary>
    public Kubernetes CreateClient() => new(Configuration);

    /// <summary>Writes a kubeconfig file that has a service account's token in place of the administrator's.</summary>
    public async Task WriteKubeConfigAsync(string path, string @namespace, string account)
    {
        using var client = CreateClient();
        var request = new Authenticationv1TokenRequest { Spec = new() { Audiences = [], ExpirationSeconds = 24 * 60 * 60 } };
        var token = (await client.CoreV1.CreateNamespacedServiceAccountTokenAsync(request, account, @namespace)).Status.Token;
        var config = await KubernetesClientConfiguration.LoadKubeConfigAsync(Cluster.KubeConfigPath);
        foreach (var user in config.Users) user.UserCredentials = new() { Token = token };
        await File.WriteAllTextAsync(path, KubernetesYaml.Serialize(config));
    }

    /// <summary>A namespace name that no other test has.</summary>
    public static string UniqueNamespace(string prefix = "test") => $"{prefix}-{Guid.NewGuid():N}"[..(prefix.Length + 11)];

    /// <summary>Stops the API server and starts it again; skips the test where that can't be done.</summary>
    public Task RestartAsync()
    {
        Assert.SkipUnless(Cluster.CanRestart, $"needs an API server that it may restart; this runs against {Cluster.Description}");
        return Cluster.RestartAsync();
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _cluster = await StartAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private async Task<ICluster> StartAsync()
    {
        if (Variable("MESH_TEST_EXISTING_CLUSTER") is "1")
        {
            return new ExistingCluster(Variable("KUBECONFIG")
                ?? throw new InvalidOperationException("MESH_TEST_EXISTING_CLUSTER=1 needs KUBECONFIG to name a kubeconfig file."));
        }

        return Variable("KUBEBUILDER_ASSETS") is { } assets
            ? await EnvtestCluster.StartAsync(assets)
            : await StandInCluster.StartAsync(Options);
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
