using k8s;
using k8s.Models;
using Mesh.KubeApi.Clusters;
using Mesh.Operator.Injection;
using Mesh.Operator.Tests.InCluster;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Operator.Tests.Injection;

public sealed class CertificateSecretTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    [Fact]
    public async Task Replicas_ShareOneCertificate_AndRenewItTogether()
    {
        using var client = cluster.CreateClient();
        var options = new WebhookOptions { Namespace = ClusterFixture.UniqueNamespace(), Configuration = ClusterFixture.UniqueNamespace() };
        await client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = options.Namespace } }, cancellationToken: TestContext.Current.CancellationToken);
        var replicas = Enumerable.Range(0, 3).Select(_ => (Shown: new ServingCertificate(), Source: (CertificateSecret?)null)).ToList();
        for (var i = 0; i < replicas.Count; i++) replicas[i] = (replicas[i].Shown, Source(client, options, replicas[i].Shown));

        await Task.WhenAll(replicas.Select(r => r.Source!.StartAsync(TestContext.Current.CancellationToken)));
        var first = await SharedAsync(null);
        _time.Advance(CertificateIssuer.Lifetime * 0.7);
        var second = await SharedAsync(first);

        Assert.NotEqual(first, second);
        await Task.WhenAll(replicas.Select(r => r.Source!.StopAsync(TestContext.Current.CancellationToken)));
        foreach (var (_, source) in replicas) source!.Dispose();
        await client.CoreV1.DeleteNamespaceAsync(options.Namespace, cancellationToken: TestContext.Current.CancellationToken);

        async Task<string> SharedAsync(string? before)
        {
            string? shared = null;
            await Eventually.HoldsAsync(() =>
            {
                _time.Advance(TimeSpan.FromMinutes(1));
                shared = Assert.Single(replicas.Select(r => r.Shown.Current?.Thumbprint).Distinct());
                Assert.NotNull(shared);
                Assert.NotEqual(before, shared);
            });
            return shared!;
        }
    }

    [Fact]
    public async Task SpoiltSecret_IsMadeAnew()
    {
        using var client = cluster.CreateClient();
        var options = new WebhookOptions { Namespace = ClusterFixture.UniqueNamespace(), Configuration = ClusterFixture.UniqueNamespace() };
        await client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = options.Namespace } }, cancellationToken: TestContext.Current.CancellationToken);
        var secret = new V1Secret
        {
            Metadata = new V1ObjectMeta { Name = CertificateSecret.SecretName },
            Type = "kubernetes.io/tls",
            Data = new CertificateBundle("no certificate", "no key", "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n").ToSecretData(),
        };
        await client.CoreV1.CreateNamespacedSecretAsync(secret, options.Namespace, cancellationToken: TestContext.Current.CancellationToken);
        var shown = new ServingCertificate();
        using var source = Source(client, options, shown);

        await source.StartAsync(TestContext.Current.CancellationToken);

        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.NotNull(shown.Current);
        });
        await source.StopAsync(TestContext.Current.CancellationToken);
        await client.CoreV1.DeleteNamespaceAsync(options.Namespace, cancellationToken: TestContext.Current.CancellationToken);
    }

    private CertificateSecret Source(Kubernetes client, WebhookOptions options, ServingCertificate shown) => new(
        client, new WebhookConfigurations(client, options, NullLogger<WebhookConfigurations>.Instance), shown, options, _time, NullLogger<CertificateSecret>.Instance);
}
