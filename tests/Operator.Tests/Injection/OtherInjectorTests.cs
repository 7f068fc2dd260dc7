using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Probes;
using Mesh.KubeApi.Clusters;
using Mesh.Operator.Tests.InCluster;

namespace Mesh.Operator.Tests.Injection;

/// <summary>
/// Another's webhook that gives pods a sidecar of its own, before and after ours: the API server asks us once more about what it has changed
/// since.
/// </summary>
[Collection(nameof(OperatorInCluster))]
public sealed class OtherInjectorTests(OperatorFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    // API servers ask in the order of the configurations' names.
    [Theory]
    [InlineData("a-before")]
    [InlineData("z-after")]
    public async Task PodThatAnotherInjectorChangesToo_HasOneSidecarOfEach_AndIsAskedForItsHealthByWayOfOurs(string order)
    {
        var ns = await fixture.CreateNamespaceAsync(inject: "true");
        await using var other = await WebhookServer.StartAsync(request => Answer((JsonObject)request["object"]!));
        await ConfigureAsync($"{order}-{ns}", ns, other);
        try
        {
            (await fixture.ApplyAsync($$"""
                apiVersion: v1
                kind: Pod
                metadata: {name: web, namespace: {{ns}}, annotations: {} }
                spec: {containers: [{name: app, image: "app:1", livenessProbe: {httpGet: {path: /live, port: 8080} } }] }
                """)).Succeeded();
        }
        finally
        {
            await fixture.Client.AdmissionregistrationV1.DeleteMutatingWebhookConfigurationAsync($"{order}-{ns}", cancellationToken: CancellationToken.None);
        }

        var pod = await fixture.Client.CoreV1.ReadNamespacedPodAsync("web", ns, cancellationToken: Cancelled);
        Assert.Equal(["mesh-init", "mesh-proxy"], pod.Spec.InitContainers.Select(container => container.Name));
        Assert.Equal(["app", "agent"], pod.Spec.Containers.Select(container => container.Name));
        Assert.Equal("injected", pod.GetAnnotation("agent.example/status"));
        Assert.Equal(("/app/app/liveness", "15002"), (pod.Spec.Containers[0].LivenessProbe.HttpGet.Path, pod.Spec.Containers[0].LivenessProbe.HttpGet.Port.Value));
        Assert.Equal(("/app/agent/readiness", "15002"), (pod.Spec.Containers[1].ReadinessProbe.HttpGet.Path, pod.Spec.Containers[1].ReadinessProbe.HttpGet.Port.Value));
        var variable = Assert.Single(pod.Spec.InitContainers[1].Env, variable => variable.Name == ApplicationProbes.Variable);
        Assert.True(ApplicationProbes.TryRead(variable.Value, out var probes));
        Assert.Equal(["/app/agent/readiness", "/app/app/liveness"], probes.Keys.Order());
    }

    // As such webhooks do: once, whoever else has changed the pod.
    private static JsonObject Answer(JsonObject pod)
    {
        var answer = new JsonObject { ["allowed"] = true };
        if (pod["spec"]!["containers"]!.AsArray().Any(container => (string?)container!["name"] == "agent")) return answer;
        var container = new JsonObject
        {
            ["name"] = "agent",
            ["image"] = "agent:1",
            ["readinessProbe"] = new JsonObject { ["httpGet"] = new JsonObject { ["path"] = "/ready", ["port"] = 8200 } },
        };
        var annotations = pod["metadata"]!["annotations"]?.DeepClone().AsObject() ?? [];
        annotations["agent.example/status"] = "injected";
        var patch = new JsonArray(
            new JsonObject { ["op"] = "add", ["path"] = "/spec/containers/-", ["value"] = container },
            new JsonObject { ["op"] = "add", ["path"] = "/metadata/annotations", ["value"] = annotations });
        answer["patchType"] = "JSONPatch";
        answer["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(patch.ToJsonString()));
        return answer;
    }

    private Task<V1MutatingWebhookConfiguration> ConfigureAsync(string name, string ns, WebhookServer other) => fixture.Client.AdmissionregistrationV1.CreateMutatingWebhookConfigurationAsync(
        new V1MutatingWebhookConfiguration
        {
            Metadata = new() { Name = name },
            Webhooks =
            [
                new()
                {
                    Name = "agent.example.io",
                    ClientConfig = new() { Url = $"{other.Address}inject", CaBundle = other.CaBundle },
                    Rules = [new() { Operations = ["CREATE"], ApiGroups = [""], ApiVersions = ["v1"], Resources = ["pods"] }],
                    NamespaceSelector = new() { MatchLabels = new Dictionary<string, string> { ["kubernetes.io/metadata.name"] = ns } },
                    ReinvocationPolicy = "IfNeeded",
                    SideEffects = "None",
                    AdmissionReviewVersions = ["v1"],
                },
            ],
        },
        cancellationToken: Cancelled);
}
