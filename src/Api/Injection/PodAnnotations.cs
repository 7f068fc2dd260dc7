using Mesh.Api.Interception;
using Mesh.Api.Resources;

namespace Mesh.Api.Injection;

/// <summary>What a pod (or a workload's pod template) says of its place in the mesh. All that they may say: docs/reference/annotations.md.</summary>
public static class PodAnnotations
{
    /// <summary>What every annotation of the mesh begins with.</summary>
    public const string Prefix = $"{MeshApi.Group}/";

    /// <summary>The sidecar's image, from a registry that MeshConfig allows.</summary>
    public const string ProxyImage = "mesh.io/proxy-image";

    /// <summary>The CPU that the sidecar asks for.</summary>
    public const string ProxyCpuRequest = "mesh.io/proxy-cpu-request";

    /// <summary>The most CPU that the sidecar gets.</summary>
    public const string ProxyCpuLimit = "mesh.io/proxy-cpu-limit";

    /// <summary>The memory that the sidecar asks for.</summary>
    public const string ProxyMemoryRequest = "mesh.io/proxy-memory-request";

    /// <summary>The most memory that the sidecar gets.</summary>
    public const string ProxyMemoryLimit = "mesh.io/proxy-memory-limit";

    /// <summary>The least that the sidecar logs.</summary>
    public const string ProxyLogLevel = "mesh.io/proxy-log-level";

    /// <summary>How long the sidecar's requests and connections may take to end on termination.</summary>
    public const string DrainTimeout = "mesh.io/drain-timeout";

    /// <summary>Whether the kubelet asks for the application's health by way of the sidecar.</summary>
    public const string RewriteProbes = "mesh.io/rewrite-probes";

    /// <summary>The application's ports, singly or as ranges, that are relayed as TCP, the first bytes not waited for, as <c>3306,5000-5010</c>.</summary>
    public const string OpaquePorts = "mesh.io/opaque-ports";

    /// <summary>The requests that it gets relative to other endpoints, 1 to 1000. Default: 100.</summary>
    public const string Weight = "mesh.io/weight";

    /// <summary>Whether others must come by mutual TLS.</summary>
    public const string Mtls = "mesh.io/mtls";

    /// <summary>The same by port.</summary>
    public const string MtlsPorts = "mesh.io/mtls-ports";

    /// <summary>
    /// Written by the injector, without interception only: for each of the application's ports the sidecar's own that takes its
    /// traffic, as <c>8080=15006,9090=15007</c>.
    /// </summary>
    public const string InboundPorts = "mesh.io/inbound-ports";

    /// <summary>Whoever writes another of the mesh's has most likely misspelt one of these.</summary>
    public static IReadOnlySet<string> Known { get; } = new SortedSet<string>(StringComparer.Ordinal)
    {
        MeshApi.InjectAnnotation, ProxyImage, ProxyCpuRequest, ProxyCpuLimit, ProxyMemoryRequest, ProxyMemoryLimit, ProxyLogLevel, DrainTimeout,
        RewriteProbes, OpaquePorts, Weight, Mtls, MtlsPorts, InboundPorts, InterceptionNames.SkipInboundCidrs, InterceptionNames.SkipInboundPorts,
        InterceptionNames.SkipOutboundCidrs, InterceptionNames.SkipOutboundPorts,
    };
}
