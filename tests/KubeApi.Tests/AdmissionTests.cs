using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.KubeApi.Clusters;
using Mesh.KubeApi.Serving;

namespace Mesh.KubeApi.Tests;

public sealed class AdmissionTests(ClusterFixture cluster) : ClusterTest(cluster)
{
    [Fact]
    public async Task MutatingWebhook_ChangesAPodOnItsWay()
    {
        var space = await CreateNamespaceAsync();
        await using var webhook = await WebhookServer.StartAsync(_ => Patch("""[{"op":"add","path":"/metadata/annotations","value":{"touched":"yes"}},{"op":"add","path":"/spec/containers/-","value":{"name":"sidecar","image":"sidecar:1"}}]"""));
        await using var _ = await ConfigureMutatingAsync(space, new() { Url = $"{webhook.Address}mutate", CaBundle = webhook.CaBundle });

        (await Cluster.Kubectl.RunAsync("run", "web", "-n", space, "--image=nginx")).Succeeded();

        var pod = await Client.CoreV1.ReadNamespacedPodAsync("web", space, cancellationToken: Cancellation);
        Assert.Equal(["web", "sidecar"], pod.Spec.Containers.Select(container => container.Name));
        Assert.Equal("yes", pod.GetAnnotation("touched"));
        var request = webhook.Requests.Single();
        Assert.Equal(("CREATE", "pods", space, "web"), (request["operation"]!.ToString(), request["resource"]!["resource"]!.ToString(), request["namespace"]!.ToString(), request["name"]!.ToString()));
        Assert.Equal("IfNotPresent", pod.Spec.Containers[1].ImagePullPolicy);
    }

    [Fact]
    public async Task Webhook_NamedByService_IsFoundWhereTheTestSays()
    {
        var standIn = Cluster.StandIn;
        var space = await CreateNamespaceAsync();
        await using var webhook = await WebhookServer.StartAsync(_ => Patch("""[{"op":"add","path":"/metadata/annotations","value":{"touched":"yes"}}]"""), $"hook.{space}.svc");
        standIn.MapService(space, "hook", 443, webhook.EndPoint);
        await using var _ = await ConfigureMutatingAsync(space, new() { Service = new() { NamespaceProperty = space, Name = "hook", Path = "/mutate" }, CaBundle = webhook.CaBundle });

        (await Cluster.Kubectl.RunAsync("run", "web", "-n", space, "--image=nginx")).Succeeded();

        Assert.Equal("yes", (await Client.CoreV1.ReadNamespacedPodAsync("web", space, cancellationToken: Cancellation)).GetAnnotation("touched"));
    }

    [Theory]
    [InlineData("IfNeeded", true, 2)]
    [InlineData("IfNeeded", false, 1)]
    [InlineData("Never", true, 1)]
    public async Task MutatingWebhook_IsAskedAgain_WhereItWishesSo_AndALaterOneChangesTheObject(string policy, bool changes, int times)
    {
        var space = await CreateNamespaceAsync();
        await using var first = await WebhookServer.StartAsync(_ => Patch("""[{"op":"add","path":"/metadata/annotations","value":{"touched":"yes"}}]"""));
        await using var later = await WebhookServer.StartAsync(_ => changes ? Patch("""[{"op":"add","path":"/spec/containers/-","value":{"name":"sidecar","image":"sidecar:1"}}]""") : new() { ["allowed"] = true });
        await using var a = await ConfigureMutatingAsync(space, new() { Url = $"{first.Address}mutate", CaBundle = first.CaBundle }, "a", policy);
        await using var b = await ConfigureMutatingAsync(space, new() { Url = $"{later.Address}mutate", CaBundle = later.CaBundle }, "b", "IfNeeded");

        (await Cluster.Kubectl.RunAsync("run", "web", "-n", space, "--image=nginx")).Succeeded();

        Assert.Equal(times, first.Requests.Count);
        Assert.Equal(times, first.Requests.Last()["object"]!["spec"]!["containers"]!.AsArray().Count);
        // Nobody has changed anything since it was asked.
        Assert.Single(later.Requests);
    }

    [Fact]
    public async Task ValidatingWebhook_DeniesWithItsNameAndReason()
    {
        var space = await CreateNamespaceAsync();
        await using var webhook = await WebhookServer.StartAsync(_ => new() { ["allowed"] = false, ["status"] = new JsonObject { ["code"] = 403, ["message"] = "pods are not welcome" } });
        await using var _ = await ConfigureValidatingAsync(space, new() { Url = $"{webhook.Address}validate", CaBundle = webhook.CaBundle });

        var result = await Cluster.Kubectl.RunAsync("run", "web", "-n", space, "--image=nginx");

        Assert.Contains("admission webhook \"pods.test.mesh.io\" denied the request: pods are not welcome", result.Failed(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Fail", false)]
    [InlineData("Ignore", true)]
    public async Task UnreachableWebhook_IsJudgedByItsFailurePolicy(string policy, bool isCreated)
    {
        var space = await CreateNamespaceAsync();
        await using var webhook = await WebhookServer.StartAsync(_ => new() { ["allowed"] = true });
        using var stranger = ServingCertificate.Create();
        var untrusted = Encoding.ASCII.GetBytes(stranger.Authority.ExportCertificatePem());
        await using var _ = await ConfigureValidatingAsync(space, new() { Url = $"{webhook.Address}validate", CaBundle = untrusted }, policy);

        var result = await Cluster.Kubectl.RunAsync("run", "web", "-n", space, "--image=nginx");

        Assert.Equal(isCreated, result.ExitCode == 0);
        if (!isCreated) Assert.Contains("failed calling webhook \"pods.test.mesh.io\"", result.Error, StringComparison.Ordinal);
        Assert.Empty(webhook.Requests);
    }

    [Fact]
    public async Task Webhook_IsNotAsked_WhereNamespaceOrObjectSelectorsSayNo()
    {
        var (space, other) = (await CreateNamespaceAsync(), await CreateNamespaceAsync());
        await using var webhook = await WebhookServer.StartAsync(_ => new() { ["allowed"] = false });
        await using var _ = await ConfigureValidatingAsync(space, new() { Url = $"{webhook.Address}validate", CaBundle = webhook.CaBundle });

        (await Cluster.Kubectl.RunAsync("run", "web", "-n", other, "--image=nginx")).Succeeded();
        (await Cluster.Kubectl.RunAsync("run", "web", "-n", space, "--image=nginx", "--labels=test.mesh.io/skip=yes")).Succeeded();
        (await Cluster.Kubectl.RunAsync("run", "asked", "-n", space, "--image=nginx")).Failed();
    }

    [Fact]
    public async Task DryRun_IsToldToTheWebhook()
    {
        var space = await CreateNamespaceAsync();
        await using var webhook = await WebhookServer.StartAsync(_ => new() { ["allowed"] = true });
        await using var _ = await ConfigureValidatingAsync(space, new() { Url = $"{webhook.Address}validate", CaBundle = webhook.CaBundle });

        (await Cluster.Kubectl.RunAsync("run", "web", "-n", space, "--image=nginx", "--dry-run=server")).Succeeded();

        Assert.True(webhook.Requests.Single()["dryRun"]!.GetValue<bool>());
    }

    private static JsonObject Patch(string operations) => new()
    {
        ["allowed"] = true,
        ["patchType"] = "JSONPatch",
        ["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(operations)),
    };

    private async Task<IAsyncDisposable> ConfigureMutatingAsync(string space, Admissionregistrationv1WebhookClientConfig client, string suffix = "", string reinvocationPolicy = "Never")
    {
        var name = space + suffix;
        var configuration = new V1MutatingWebhookConfiguration
        {
            Metadata = new() { Name = name },
            Webhooks = [new() { Name = "pods.test.mesh.io", ClientConfig = client, ReinvocationPolicy = reinvocationPolicy, Rules = PodCreation, NamespaceSelector = OnlyIn(space), SideEffects = "None", AdmissionReviewVersions = ["v1"] }],
        };
        await Client.AdmissionregistrationV1.CreateMutatingWebhookConfigurationAsync(configuration, cancellationToken: Cancellation);
        return new Cleanup(() => Client.AdmissionregistrationV1.DeleteMutatingWebhookConfigurationAsync(name));
    }

    private async Task<IAsyncDisposable> ConfigureValidatingAsync(string space, Admissionregistrationv1WebhookClientConfig client, string failurePolicy = "Fail")
    {
        var configuration = new V1ValidatingWebhookConfiguration
        {
            Metadata = new() { Name = space },
            Webhooks =
            [
                new()
                {
                    Name = "pods.test.mesh.io", ClientConfig = client, Rules = PodCreation, FailurePolicy = failurePolicy, SideEffects = "None", AdmissionReviewVersions = ["v1"],
                    NamespaceSelector = OnlyIn(space),
                    ObjectSelector = new() { MatchExpressions = [new() { Key = "test.mesh.io/skip", OperatorProperty = "DoesNotExist" }] },
                },
            ],
        };
        await Client.AdmissionregistrationV1.CreateValidatingWebhookConfigurationAsync(configuration, cancellationToken: Cancellation);
        return new Cleanup(() => Client.AdmissionregistrationV1.DeleteValidatingWebhookConfigurationAsync(space));
    }

    private static IList<V1RuleWithOperations> PodCreation => [new() { Operations = ["CREATE"], ApiGroups = [""], ApiVersions = ["v1"], Resources = ["pods"] }];

    private static V1LabelSelector OnlyIn(string space) => new() { MatchLabels = new Dictionary<string, string> { ["kubernetes.io/metadata.name"] = space } };

    private sealed class Cleanup(Func<Task> undo) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await undo();
    }
}
