using System.Text.Json.Nodes;
using Mesh.Api.Interception;

namespace Mesh.Proxy.Interception.Cni;

/// <summary>Decides which of a pod's connections the plugin redirects. Pure.</summary>
internal static class PodInterception
{
    /// <param name="pod">As the API server has it.</param>
    /// <returns>Null where the pod does not rely on the plugin: it has no sidecar, redirects by itself, or is not to be redirected.</returns>
    /// <exception cref="CniException">Its annotations can't be read.</exception>
    public static InterceptionRules? RulesOf(JsonObject pod)
    {
        var spec = pod["spec"] as JsonObject;
        var containers = Containers(spec, "initContainers").Concat(Containers(spec, "containers")).ToList();
        var sidecar = containers.FirstOrDefault(container => NameOf(container) == InterceptionNames.SidecarContainer);
        if (sidecar is null || !containers.Any(container => NameOf(container) == InterceptionNames.VerifyContainer)) return null;

        var annotations = pod["metadata"]?["annotations"] as JsonObject;
        if (SkippedTraffic.Read(name => (string?)annotations?[name], out var skipped) is { } error) throw new CniException(CniErrorCode.InvalidPod, error);
        var rules = new InterceptionRules
        {
            SkipOutboundPorts = skipped.OutboundPorts,
            SkipOutboundCidrs = skipped.OutboundCidrs,
            SkipInboundPorts = skipped.InboundPorts,
            SkipInboundCidrs = skipped.InboundCidrs,
        };
        return (uint?)sidecar["securityContext"]?["runAsUser"] is { } user ? rules with { ProxyUser = user } : rules;
    }

    private static IEnumerable<JsonObject> Containers(JsonObject? spec, string list) => (spec?[list] as JsonArray ?? []).OfType<JsonObject>();

    private static string? NameOf(JsonObject container) => (string?)container["name"];
}
