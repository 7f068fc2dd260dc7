using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using k8s.Models;
using Mesh.Bench.Measuring;
using Mesh.KubeApi;
using Mesh.Rig;
using Mesh.Rig.Processes;

namespace Mesh.Bench.Peers;

/// <summary>Our operator with its webhook, beside the stand-in API server: it is asked as an API server asks, over TLS by the certificate of its own making.</summary>
internal sealed class OperatorPeer(ApiServer cluster, ChildProcess meshOperator, HttpClient client, IPEndPoint address) : IPeer
{
    private const string Namespace = "mesh-system";
    private const string CertificateSecret = "mesh-webhook-certificate";

    public string Name => "mesh-operator";

    public string? Beside => null;

    public IPEndPoint Address => address;

    public IReadOnlyList<int> ProcessIds => [meshOperator.Id];

    /// <summary>Whoever asks with it trusts the operator's authority, and keeps its connections.</summary>
    public HttpClient Client => client;

    public static async Task<OperatorPeer> StartAsync(Stage stage, CancellationToken stop)
    {
        var cluster = await ApiServer.StartAsync();
        var kubeconfig = stage.Write("cluster/kubeconfig", KubeConfig(cluster));
        using var kubernetes = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
        await kubernetes.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = Namespace } }, cancellationToken: stop);

        var (discovery, admin, webhook) = (Stage.FreeAddress(), Stage.FreeAddress(), Stage.FreeAddress());
        var meshOperator = await stage.StartAsync(
            new Command("cluster-operator", Programs.Operator, "run", "--kubeconfig", kubeconfig, "--discovery", $"{discovery}", "--admin", $"{admin}", "--webhook", $"{webhook}"),
            Cores.Measured, new Uri($"http://{admin}/readyz"), stop);
        var secret = await kubernetes.CoreV1.ReadNamespacedSecretAsync(CertificateSecret, Namespace, cancellationToken: stop);
        return new OperatorPeer(cluster, meshOperator, NewClient(secret.Data["ca.crt"], webhook), webhook);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await meshOperator.DisposeAsync();
        await cluster.DisposeAsync();
    }

    private static HttpClient NewClient(byte[] authorities, IPEndPoint webhook)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(Encoding.ASCII.GetString(authorities));
        return new(new SocketsHttpHandler
        {
            UseProxy = false,
            EnableMultipleHttp2Connections = true,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
        })
        {
            BaseAddress = new($"https://{webhook}"),
            DefaultRequestVersion = HttpVersion.Version20,
        };
    }

    private static string KubeConfig(ApiServer cluster) => $$"""
        apiVersion: v1
        kind: Config
        current-context: bench
        contexts: [{name: bench, context: {cluster: bench, user: bench} }]
        clusters: [{name: bench, cluster: {server: "{{cluster.Address}}", certificate-authority-data: {{Convert.ToBase64String(Encoding.ASCII.GetBytes(cluster.CertificateAuthority))}} } }]
        users: [{name: bench, user: {token: {{cluster.Token}} } }]
        """;
}
