namespace Mesh.Api.Interception;

/// <summary>The containers and annotations by which the injector and the CNI plugin understand each other.</summary>
public static class InterceptionNames
{
    /// <summary>The sidecar.</summary>
    public const string SidecarContainer = "mesh-proxy";

    /// <summary>The init container that redirects the pod's connections.</summary>
    public const string InitContainer = "mesh-init";

    /// <summary>The init container that checks that the CNI plugin has redirected them: a pod that has it relies on the plugin.</summary>
    public const string VerifyContainer = "mesh-verify";

    /// <summary>On a pod: ports of others that are called directly, such as <c>25,9000-9100</c>.</summary>
    public const string SkipOutboundPorts = "mesh.io/skip-outbound-ports";

    /// <summary>On a pod: addresses of others that are called directly, such as <c>10.1.0.0/16</c>.</summary>
    public const string SkipOutboundCidrs = "mesh.io/skip-outbound-cidrs";

    /// <summary>On a pod: ports of its own that are reached directly.</summary>
    public const string SkipInboundPorts = "mesh.io/skip-inbound-ports";

    /// <summary>On a pod: addresses of others that reach it directly.</summary>
    public const string SkipInboundCidrs = "mesh.io/skip-inbound-cidrs";
}
