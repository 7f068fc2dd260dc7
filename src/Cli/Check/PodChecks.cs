using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Injection;
using Mesh.Api.Resources;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Check;

internal static class PodChecks
{
    private const string Category = "Pods and policies";

    // Longer lists are for programs, or for meshctl upgrade.
    private const int Shown = 5;

    public static IEnumerable<HealthCheck> All { get; } =
    [
        new(Category, "pods that ask for a sidecar have one", "They were created while no operator answered: restart them (kubectl rollout restart). `kubectl describe pod` shows why one was left alone.", Injected),
        new(Category, "sidecars are ready", "kubectl logs POD -c mesh-proxy; `meshctl check` first for what they need: the operator, identities", Ready),
        new(Category, "sidecars are of the operator's version", "meshctl upgrade lists them, meshctl upgrade --restart restarts them workload by workload", UpToDate),
        new(Category, "policies are accepted", "kubectl describe it: the condition's message names the field", Accepted),
    ];

    private static Verdict Injected(MeshView mesh)
    {
        var namespaces = mesh.List("namespaces").ToDictionary(ns => ns.Text("metadata", "name"));
        return Some(mesh.List("pods").Where(pod => Pods.Run(pod) && !Sidecars.IsMeshed(pod) && WasToBe(mesh, pod, namespaces)).Select(Name), CheckOutcome.Failed);
    }

    private static Verdict Ready(MeshView mesh) => Some(mesh.List("pods")
        .Where(pod => pod.Text("status", "phase") == "Running" && Sidecars.IsMeshed(pod))
        .Where(pod => pod.Objects("status", "initContainerStatuses").Concat(pod.Objects("status", "containerStatuses"))
            .Any(status => status.Text("name") == Sidecar.ContainerName && status.Text("ready") == "false"))
        .Select(Name), CheckOutcome.Warning);

    private static Verdict UpToDate(MeshView mesh)
    {
        if (mesh.Operator is null) return Verdict.Skipped("there is no operator to compare with");
        var expected = ProxyImages.Expected(mesh.Cluster, mesh.Operator);
        return Some(mesh.List("pods").Where(Pods.Run).Where(pod => Sidecars.IsOutdated(pod, expected)).Select(pod => $"{Name(pod)} ({Sidecars.ImageOf(pod)})"), CheckOutcome.Warning);
    }

    private static Verdict Accepted(MeshView mesh) => Some(
        from definition in CustomResourceDefinitions.All
        from policy in mesh.List($"{definition.Spec.Names.Plural}.{definition.Spec.Group}")
        from condition in policy.Objects("status", "conditions")
        where condition.Text("type") == ConditionTypes.Accepted && condition.Text("status") == "False"
        select $"{policy.Text("kind")} {Name(policy)}: {condition.Text("message")}", CheckOutcome.Warning);

    private static bool WasToBe(MeshView mesh, JsonObject pod, Dictionary<string, JsonObject> namespaces)
    {
        var annotations = namespaces.GetValueOrDefault(pod.Text("metadata", "namespace"))?["metadata"]?["annotations"] as JsonObject;
        return PodInjector.IsMissed(
            KubernetesJson.Deserialize<V1Pod>(pod.ToJsonString()), annotations?.ToDictionary(a => a.Key, a => a.Value.Text()), new SidecarOptions(SidecarOptions.DefaultImage, mesh.Namespace));
    }

    private static string Name(JsonObject o) => o.Text("metadata", "namespace") is { Length: > 0 } ns ? $"{ns}/{o.Text("metadata", "name")}" : o.Text("metadata", "name");

    private static Verdict Some(IEnumerable<string> found, CheckOutcome otherwise)
    {
        var all = found.ToList();
        return Verdict.NoneOf(all.Count <= Shown ? all : [.. all.Take(Shown), $"and {all.Count - Shown} more"], otherwise);
    }
}
