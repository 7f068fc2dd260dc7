using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;

namespace Mesh.Api.Injection;

/// <summary>Without interception: the application's HTTP clients are told of the sidecar by the variables that they read.</summary>
internal static class ExplicitProxy
{
    private static readonly string OutboundProxy = $"http://127.0.0.1:{Sidecar.OutboundPort}";

    // What never leaves the pod or its node: loopback, and the cloud's metadata service.
    private const string NotProxied = "localhost,127.0.0.1,::1,169.254.169.254";

    /// <summary>The first TCP port that a container declares: the sidecar stands in front of one.</summary>
    public static int? ApplicationPort(V1Pod pod) =>
        (from container in pod.Spec.Containers
         from port in container.Ports ?? []
         where port.Protocol is null or "TCP"
         select (int?)port.ContainerPort).FirstOrDefault();

    public static IEnumerable<JsonPatchOperation> Patch(V1Pod pod) => pod.Spec.Containers.SelectMany(AddVariables);

    // In both cases, since programs differ in which they read. One that the container sets itself, in either case, stays its own.
    private static IEnumerable<JsonPatchOperation> AddVariables(V1Container container, int index)
    {
        var variables = new JsonArray();
        foreach (var (name, value) in new[] { ("http_proxy", OutboundProxy), ("no_proxy", NotProxied) })
        {
            if ((container.Env ?? []).Any(e => string.Equals(e.Name, name, StringComparison.OrdinalIgnoreCase))) continue;
            variables.Add((JsonNode)new JsonObject { ["name"] = name, ["value"] = value });
            variables.Add((JsonNode)new JsonObject { ["name"] = name.ToUpperInvariant(), ["value"] = value });
        }
        string[] environment = ["spec", "containers", index.ToString(CultureInfo.InvariantCulture), "env"];
        if (variables.Count == 0) return [];
        if (container.Env is not { Count: > 0 }) return [JsonPatchOperation.Add(environment, variables)];
        return variables.Select(v => JsonPatchOperation.Add([.. environment, "-"], v!.DeepClone()));
    }
}
