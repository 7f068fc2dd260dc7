namespace Mesh.Api.Injection;

/// <summary>What a pod (or a workload's pod template) says of its place in the mesh. All that they may say: docs/reference/annotations.md.</summary>
public static class PodAnnotations
{
    /// <summary>
    /// Written by the injector, without interception only: for each of the application's ports the sidecar's own that takes its
    /// traffic, as <c>8080=15006,9090=15007</c>.
    /// </summary>
    public const string InboundPorts = "mesh.io/inbound-ports";

    /// <summary>The requests that it gets relative to other endpoints, 1 to 1000. Default: 100.</summary>
    public const string Weight = "mesh.io/weight";

    /// <summary>The application's ports, singly or as ranges, that are relayed as TCP, the first bytes not waited for, as <c>3306,5000-5010</c>.</summary>
    public const string OpaquePorts = "mesh.io/opaque-ports";
}
