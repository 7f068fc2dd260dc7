using System.Net;
using k8s;
using k8s.Models;
using Mesh.KubeApi.Clusters;
using Mesh.Operator.Hosting;
using Mesh.Operator.Identity;
using Mesh.Operator.Injection;
using Mesh.Operator.Reconciliation;
using Mesh.Operator.Tests.Identity;

namespace Mesh.Operator.Tests.InCluster;

/// <summary>An operator that issues identities, beside an API server that makes and verifies tokens.</summary>
public sealed class IdentityFixture : IAsyncLifetime
{
    private static int _lastSource;

    private OperatorAccount? _account;
    private WebApplication? _operator;

    public ClusterFixture Cluster { get; } = new();

    public Kubernetes Client { get; private set; } = null!;

    /// <summary>The operator's own namespace.</summary>
    public string Namespace { get; } = ClusterFixture.UniqueNamespace("mesh-identity");

    internal IServiceProvider Services => _operator!.Services;

    internal IPEndPoint Address => AddressOf(_operator!, Listener.Discovery);

    /// <summary>For each client an address of its own, as pods have: what one is refused for is held against no other.</summary>
    internal static IPAddress NewSource()
    {
        var number = Interlocked.Increment(ref _lastSource);
        return new([127, 9, (byte)(number >> 8), (byte)number]);
    }

    internal CertifyClient NewClient() => new(Address, NewSource());

    public async ValueTask InitializeAsync()
    {
        await Cluster.InitializeAsync();
        Client = Cluster.CreateClient();
        (await Cluster.Kubectl.RunAsync("apply", "-k", Path.Combine(OperatorFixture.ConfigFolder, "crds"))).Succeeded();
        await Client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = Namespace } });
        _account = await OperatorAccount.CreateAsync(Cluster, Namespace);
        _operator = await StartReplicaAsync("operator-under-test");
    }

    /// <summary>One operator of those that share the namespace, ready.</summary>
    internal async Task<WebApplication> StartReplicaAsync(string name)
    {
        var loopback = new IPEndPoint(IPAddress.Loopback, 0);
        var options = new OperatorOptions { Discovery = loopback, Admin = loopback, Webhook = loopback, Kubeconfig = _account!.KubeConfigPath, Namespace = Namespace };
        var replica = OperatorHost.Build(options, builder =>
        {
            builder.Services.AddSingleton(new WebhookOptions { Namespace = Namespace, Configuration = Namespace });
            builder.Services.AddSingleton(new LeaderElectionOptions(Namespace, name) { Lease = Namespace });
            builder.Services.AddSingleton(new AuthorityLoopOptions(TimeSpan.FromMilliseconds(200)));
            builder.Services.AddSingleton(new IdentityLimits { RequestTimeout = TimeSpan.FromSeconds(2) });
        });
        await replica.StartAsync();
        await Eventually.HoldsAsync(async () =>
        {
            using var http = new HttpClient();
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"http://{AddressOf(replica, Listener.Admin)}/readyz")).StatusCode);
        });
        return replica;
    }

    internal static IPEndPoint AddressOf(WebApplication replica, Listener listener) => replica.Services.GetRequiredService<Listeners>().AddressOf(listener);

    public async ValueTask DisposeAsync()
    {
        if (_operator is not null)
        {
            await _operator.StopAsync();
            await _operator.DisposeAsync();
            await Cluster.Kubectl.RunAsync("delete", "namespace", "-l", $"{OperatorFixture.TestLabel}={Namespace}", "--wait=false");
            await Client.CoreV1.DeleteNamespaceAsync(Namespace);
        }
        if (_account is not null) await _account.DisposeAsync();
        Client?.Dispose();
        var denials = Cluster.Cluster.StandIn?.Denials ?? [];
        await Cluster.DisposeAsync();
        Assert.Empty(denials);
    }

    /// <summary>A pod under a service account, in a namespace of its own.</summary>
    public async Task<V1Pod> CreatePodAsync(string account = "frontend", string name = "frontend-1", string? ns = null, bool isMeshed = false)
    {
        if (ns is null)
        {
            ns = ClusterFixture.UniqueNamespace();
            await Client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = ns, Labels = new Dictionary<string, string> { [OperatorFixture.TestLabel] = Namespace } } });
        }
        return await PodTokens.CreatePodAsync(Client, ns, name, account, isMeshed);
    }

    /// <summary>A token as the kubelet has it made for a pod's projected volume.</summary>
    public Task<string> TokenAsync(V1Pod pod, string audience = "mesh.io") => PodTokens.OfAsync(Client, pod, audience);

    public Task<string> TokenAsync(string ns, string account, string audience, V1BoundObjectReference? bound) => PodTokens.OfAsync(Client, ns, account, audience, bound);
}
