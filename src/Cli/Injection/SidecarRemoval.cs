using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Api.Injection;
using Mesh.Api.Interception;
using Mesh.Api.Probes;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Injection;

/// <summary>Undoes what <see cref="PodInjector"/> did: what is left is the pod as it was.</summary>
internal static class SidecarRemoval
{
    private const string DefaultContainerAnnotation = "kubectl.kubernetes.io/default-container";

    private static readonly string[] Containers = [InterceptionNames.SidecarContainer, InterceptionNames.InitContainer, InterceptionNames.VerifyContainer];
    private static readonly string[] Volumes = ["mesh-identity-token", "mesh-identity-cache"];
    private static readonly string[] ProxyVariables = ["http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"];
    private static readonly string[] ProbeNames = ["livenessProbe", "readinessProbe", "startupProbe"];
    private static readonly string[] HookNames = ["postStart", "preStop"];

    /// <returns>False where there was none.</returns>
    public static bool From(JsonObject pod)
    {
        if (pod["spec"] is not JsonObject spec) return false;
        var sidecar = spec.Objects("initContainers").Concat(spec.Objects("containers")).FirstOrDefault(c => c.Text("name") == InterceptionNames.SidecarContainer);
        if (sidecar is null) return false;
        foreach (var container in spec.Objects("initContainers").Concat(spec.Objects("containers"))) RestoreProbes(container, ProbesOf(sidecar));
        if (!Intercepts(spec)) foreach (var container in spec.Objects("containers")) RemoveWhere(container, "env", IsOurs);
        // An ordinary container made us say which one kubectl is to take.
        if (spec.Objects("containers").Any(c => c.Text("name") == InterceptionNames.SidecarContainer)) RemoveAnnotation(pod, DefaultContainerAnnotation);
        RemoveAnnotation(pod, PodAnnotations.InboundPorts);
        RemoveWhere(spec, "initContainers", c => Containers.Contains(c.Text("name")));
        RemoveWhere(spec, "containers", c => Containers.Contains(c.Text("name")));
        RemoveWhere(spec, "volumes", v => Volumes.Contains(v.Text("name")));
        return true;
    }

    private static bool Intercepts(JsonObject spec) =>
        spec.Objects("initContainers").Any(c => c.Text("name") is InterceptionNames.InitContainer or InterceptionNames.VerifyContainer);

    private static bool IsOurs(JsonObject variable) => ProxyVariables.Contains(variable.Text("name"))
        && (variable.Text("value") == $"http://127.0.0.1:{Sidecar.OutboundPort}" || variable.Text("value").StartsWith("localhost,127.0.0.1,::1", StringComparison.Ordinal));

    private static JsonObject? ProbesOf(JsonObject sidecar)
    {
        var text = sidecar.Objects("env").FirstOrDefault(e => e.Text("name") == ApplicationProbes.Variable).Text("value").Replace("$$", "$", StringComparison.Ordinal);
        return text.Length > 0 ? JsonNode.Parse(text) as JsonObject : null;
    }

    // The kubelet asks the application again, as it did.
    private static void RestoreProbes(JsonObject container, JsonObject? probes)
    {
        if (probes is null) return;
        foreach (var probe in ProbeNames.Select(name => container[name]).Concat(HookNames.Select(name => container["lifecycle"]?[name])).OfType<JsonObject>())
        {
            if (probes[probe.Text("httpGet", "path")] is not JsonObject original || probe["httpGet"]!["port"]?.GetValueKind() is not JsonValueKind.Number) continue;
            probe.Remove("httpGet");
            foreach (var (asked, value) in original) probe[asked] = value?.DeepClone();
        }
    }

    private static void RemoveWhere(JsonObject holder, string list, Func<JsonObject, bool> unwanted)
    {
        if (holder[list] is not JsonArray items) return;
        foreach (var item in items.OfType<JsonObject>().Where(unwanted).ToList()) items.Remove(item);
        if (items.Count == 0) holder.Remove(list);
    }

    private static void RemoveAnnotation(JsonObject pod, string name)
    {
        if (pod["metadata"] is not JsonObject metadata || metadata["annotations"] is not JsonObject annotations) return;
        annotations.Remove(name);
        if (annotations.Count == 0) metadata.Remove("annotations");
        if (metadata.Count == 0) pod.Remove("metadata");
    }
}
