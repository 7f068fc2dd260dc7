using System.Net;
using System.Runtime.CompilerServices;
using k8s;
using k8s.Models;
using Mesh.KubeApi.Clusters;
using Mesh.Operator.Hosting;
using Mesh.Operator.Injection;
using Mesh.Operator.Reconciliation;
using Mesh.Operator.Sources;
using OpenTelemetry.Exporter;

namespace Mesh.Operator.Tests.InCluster;

/// <summary>
/// The operator as its program runs it, within the test process, beside an API server. It sees all of the cluster; what tests make is
/// in namespaces of their own, and only for those does the API server call its webhooks.
/// </summary>
public sealed class OperatorFixture : IAsyncLifetime
{
    public const string TestLabel = "mesh.io/test";

    private readonly string _name = ClusterFixture.UniqueNamespace("mesh-test");
    private OperatorAccount? _account;
    private WebApplication? _operator;

    public ClusterFixture Cluster { get; } = new();

    public Kubectl Kubectl => Cluster.Kubectl;

    public Kubernetes Client { get; private set; } = null!;

    /// <summary>The name of both webhook configurations.</summary>
    public string Configuration => _name;

    internal IPEndPoint Discovery => Listening(Listener.Discovery);

    internal IPEndPoint Admin => Listening(Listener.Admin);

    internal IPEndPoint Webhook => Listening(Listener.Webhook);

    public static string ConfigFolder { get; } = Path.GetFullPath(Path.Combine(SourceFolder(), "../../../config"));

    public async ValueTask InitializeAsync()
    {
        await Cluster.InitializeAsync();
        Client = Cluster.CreateClient();
        (await Kubectl.RunAsync("apply", "-k", Path.Combine(ConfigFolder, "crds"))).Succeeded();
        (await Kubectl.RunAsync("wait", "--for=condition=Established", "crd/trafficpolicies.mesh.io", "crd/authorizationpolicies.mesh.io", "crd/meshconfigs.mesh.io", "--timeout=30s")).Succeeded();
        await Client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = _name } });
        _account = await OperatorAccount.CreateAsync(Cluster, _name);
        await StartOperatorAsync(_account);
        await CreateWebhooksAsync();
        await Eventually.HoldsAsync(async () => Assert.All(
            (await Client.AdmissionregistrationV1.ReadValidatingWebhookConfigurationAsync(_name)).Webhooks, webhook => Assert.NotNull(webhook.ClientConfig.CaBundle)));
    }

    /// <summary>A namespace of the test's own, for which the webhooks are called.</summary>
    public async Task<string> CreateNamespaceAsync(string? inject = null)
    {
        var name = ClusterFixture.UniqueNamespace();
        await Client.CoreV1.CreateNamespaceAsync(new V1Namespace
        {
            Metadata = new V1ObjectMeta
            {
                Name = name,
                Labels = new Dictionary<string, string> { [TestLabel] = _name },
                Annotations = inject is null ? null : new Dictionary<string, string> { ["mesh.io/inject"] = inject },
            },
        });
        return name;
    }

    public Task<ToolResult> ApplyAsync(string manifest) => Kubectl.RunWithInputAsync(manifest, "apply", "-f", "-");

    public async ValueTask DisposeAsync()
    {
        if (_operator is not null)
        {
            await Client.AdmissionregistrationV1.DeleteMutatingWebhookConfigurationAsync(_name);
            await Client.AdmissionregistrationV1.DeleteValidatingWebhookConfigurationAsync(_name);
            await _operator.StopAsync();
            await _operator.DisposeAsync();
            // It may be somebody's cluster.
            await Cluster.Kubectl.RunAsync("delete", "namespace", "-l", $"{TestLabel}={_name}", "--wait=false");
            await Client.CoreV1.DeleteNamespaceAsync(_name);
        }
        if (_account is not null) await _account.DisposeAsync();
        Client?.Dispose();
        var denials = Cluster.Cluster.StandIn?.Denials ?? [];
        await Cluster.DisposeAsync();
        Assert.Empty(denials);
    }

    private async Task StartOperatorAsync(OperatorAccount account)
    {
        var loopback = new IPEndPoint(IPAddress.Loopback, 0);
        var options = new OperatorOptions
        {
            Discovery = loopback,
            Admin = loopback,
            Webhook = loopback,
            Kubeconfig = account.KubeConfigPath,
            Namespace = _name,
        };
        _operator = OperatorHost.Build(options, builder =>
        {
            // Shorter than in production, so that a rotation takes seconds.
            builder.Services.AddSingleton(new WebhookOptions { Namespace = _name, Configuration = _name, CheckInterval = TimeSpan.FromMilliseconds(200), TrustDelay = TimeSpan.FromSeconds(1) });
            builder.Services.AddSingleton(new LeaderElectionOptions(_name, "operator-under-test") { Lease = _name });
            // Shorter than in production, so that a test of a silent watch takes seconds.
            builder.Services.AddSingleton(new InformerOptions { SilenceLimit = TimeSpan.FromSeconds(5) });
            // What is scraped is of now, and not of a fraction of a second ago.
            builder.Services.Configure<PrometheusAspNetCoreOptions>(prometheus => prometheus.ScrapeResponseCacheDurationMilliseconds = 0);
        });
        await _operator.StartAsync();
    }

    // As config/operator has them, by URL since there is no pod behind a Service, and for the tests' namespaces only.
    private async Task CreateWebhooksAsync()
    {
        var mutating = await ReadAsync<V1MutatingWebhookConfiguration>("mutatingwebhookconfiguration.yaml");
        mutating.Metadata.Name = _name;
        foreach (var webhook in mutating.Webhooks)
        {
            webhook.ClientConfig = ByUrl(webhook.ClientConfig);
            // Beside what it selects already.
            webhook.NamespaceSelector.MatchLabels = OfTests().MatchLabels;
        }
        await Client.AdmissionregistrationV1.CreateMutatingWebhookConfigurationAsync(mutating);

        var validating = await ReadAsync<V1ValidatingWebhookConfiguration>("validatingwebhookconfiguration.yaml");
        validating.Metadata.Name = _name;
        foreach (var webhook in validating.Webhooks)
        {
            (webhook.ClientConfig, webhook.NamespaceSelector) = (ByUrl(webhook.ClientConfig), OfTests());
        }
        await Client.AdmissionregistrationV1.CreateValidatingWebhookConfigurationAsync(validating);
    }

    private static async Task<T> ReadAsync<T>(string file) =>
        KubernetesYaml.Deserialize<T>(await File.ReadAllTextAsync(Path.Combine(ConfigFolder, "operator", file)));

    private Admissionregistrationv1WebhookClientConfig ByUrl(Admissionregistrationv1WebhookClientConfig declared) =>
        new() { Url = $"https://{Webhook}{declared.Service.Path}" };

    private V1LabelSelector OfTests() => new() { MatchLabels = new Dictionary<string, string> { [TestLabel] = _name } };

    private IPEndPoint Listening(Listener listener) => _operator!.Services.GetRequiredService<Listeners>().AddressOf(listener);

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
