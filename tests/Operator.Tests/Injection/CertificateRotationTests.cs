using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using k8s.Models;
using Mesh.KubeApi.Clusters;
using Mesh.Operator.Injection;
using Mesh.Operator.Tests.InCluster;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Operator.Tests.Injection;

/// <summary>The webhook's certificate changes under way: nobody may notice.</summary>
[Collection(nameof(OperatorInCluster))]
public sealed class CertificateRotationTests(OperatorFixture fixture)
{
    private const int Creators = 8;

    private int _created;

    [Fact]
    public async Task BurstOfCreates_DuringARotation_FailsNone()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var ns = await fixture.CreateNamespaceAsync(inject: "true");
        await FailingIsFatalAsync();
        var before = await ShownAsync();
        using var rotated = new CancellationTokenSource();

        var creating = Enumerable.Range(0, Creators).Select(creator => CreateAsync(ns, creator, rotated.Token)).ToList();
        // As a user forces it. What knew the certificate before is not in the new Secret; it must be trusted still.
        await fixture.Client.CoreV1.DeleteNamespacedSecretAsync(CertificateSecret.SecretName, fixture.Configuration, cancellationToken: cancellationToken);
        await Eventually.HoldsAsync(async () => Assert.NotEqual(before, await ShownAsync()));
        var soFar = Volatile.Read(ref _created);
        await Eventually.HoldsAsync(() => Assert.True(Volatile.Read(ref _created) > soFar + Creators));
        await rotated.CancelAsync();

        await Task.WhenAll(creating);
        var created = await fixture.Client.CoreV1.ListNamespacedPodAsync(ns, cancellationToken: cancellationToken);
        Assert.Equal(_created, created.Items.Count);
        Assert.All(created.Items, pod => Assert.Contains(pod.Spec.InitContainers, container => container.Name == "mesh-proxy"));
    }

    [Fact]
    public async Task ConfigurationAppliedAnew_IsGivenItsAuthoritiesBack()
    {
        await fixture.Client.AdmissionregistrationV1.PatchMutatingWebhookConfigurationAsync(
            new V1Patch("""[{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}]""", V1Patch.PatchType.JsonPatch), fixture.Configuration,
            cancellationToken: TestContext.Current.CancellationToken);

        await Eventually.HoldsAsync(async () => Assert.All((await ConfigurationAsync()).Webhooks, webhook => Assert.NotNull(webhook.ClientConfig.CaBundle)));
    }

    [Fact]
    public async Task RenewedCertificate_IsShownOnlyOnceApiServersHadTheTimeToTrustIt()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var options = new WebhookOptions { Namespace = ClusterFixture.UniqueNamespace(), Configuration = ClusterFixture.UniqueNamespace(), CheckInterval = TimeSpan.FromSeconds(10), TrustDelay = TimeSpan.FromSeconds(30) };
        await fixture.Client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = options.Namespace } }, cancellationToken: cancellationToken);
        await fixture.Client.AdmissionregistrationV1.CreateMutatingWebhookConfigurationAsync(new() { Metadata = new() { Name = options.Configuration } }, cancellationToken: cancellationToken);
        await fixture.Client.AdmissionregistrationV1.CreateValidatingWebhookConfigurationAsync(new() { Metadata = new() { Name = options.Configuration } }, cancellationToken: cancellationToken);
        var shown = new ServingCertificate();
        using var source = new CertificateSecret(
            fixture.Client, new WebhookConfigurations(fixture.Client, options, NullLogger<WebhookConfigurations>.Instance), shown, options, time, NullLogger<CertificateSecret>.Instance);
        await source.StartAsync(cancellationToken);
        await Eventually.HoldsAsync(() => Assert.NotNull(shown.Current));
        var first = shown.Current!.Thumbprint;

        time.Advance(CertificateIssuer.Lifetime * 0.7);
        await Eventually.HoldsAsync(async () => Assert.Equal(2, await AuthoritiesAsync(options)));
        Assert.Equal(first, shown.Current.Thumbprint);

        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(10));
            Assert.NotEqual(first, shown.Current.Thumbprint);
        });
        await source.StopAsync(cancellationToken);
        await fixture.Client.AdmissionregistrationV1.DeleteMutatingWebhookConfigurationAsync(options.Configuration, cancellationToken: cancellationToken);
        await fixture.Client.AdmissionregistrationV1.DeleteValidatingWebhookConfigurationAsync(options.Configuration, cancellationToken: cancellationToken);
        await fixture.Client.CoreV1.DeleteNamespaceAsync(options.Namespace, cancellationToken: cancellationToken);
    }

    // In the Secret as soon as it is renewed.
    private async Task<int> AuthoritiesAsync(WebhookOptions options)
    {
        var secret = await fixture.Client.CoreV1.ReadNamespacedSecretAsync(CertificateSecret.SecretName, options.Namespace, cancellationToken: TestContext.Current.CancellationToken);
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(Encoding.ASCII.GetString(secret.Data["ca.crt"]));
        return authorities.Count;
    }

    private async Task CreateAsync(string ns, int creator, CancellationToken rotated)
    {
        for (var i = 0; !rotated.IsCancellationRequested; i++)
        {
            var pod = new V1Pod { Metadata = new() { Name = $"burst-{creator}-{i}" }, Spec = new() { Containers = [new() { Name = "app", Image = "shop/catalog:1" }] } };
            await fixture.Client.CoreV1.CreateNamespacedPodAsync(pod, ns, cancellationToken: TestContext.Current.CancellationToken);
            Interlocked.Increment(ref _created);
        }
    }

    // A pod that gets no answer is to fail the test, not to slip through.
    private async Task FailingIsFatalAsync()
    {
        var count = (await ConfigurationAsync()).Webhooks.Count;
        var patch = string.Join(", ", Enumerable.Range(0, count).Select(i => $$"""{"op": "replace", "path": "/webhooks/{{i}}/failurePolicy", "value": "Fail"}"""));
        await fixture.Client.AdmissionregistrationV1.PatchMutatingWebhookConfigurationAsync(
            new V1Patch($"[{patch}]", V1Patch.PatchType.JsonPatch), fixture.Configuration, cancellationToken: TestContext.Current.CancellationToken);
    }

    private Task<V1MutatingWebhookConfiguration> ConfigurationAsync() =>
        fixture.Client.AdmissionregistrationV1.ReadMutatingWebhookConfigurationAsync(fixture.Configuration, cancellationToken: TestContext.Current.CancellationToken);

    private async Task<string> ShownAsync()
    {
        string? thumbprint = null;
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            thumbprint = certificate?.GetCertHashString();
            return thumbprint is not null;
        };
        using var client = new HttpClient(handler);
        using var answer = await client.PostAsync(new Uri($"https://{fixture.Webhook}/inject"), null, TestContext.Current.CancellationToken);
        return thumbprint!;
    }
}
