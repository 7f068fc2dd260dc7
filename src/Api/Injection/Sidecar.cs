using k8s.Models;
using Mesh.Api.Interception;
using Mesh.Api.Resources;

namespace Mesh.Api.Injection;

/// <summary>The proxy's container in an application's pod.</summary>
public static class Sidecar
{
    /// <summary>What it is named.</summary>
    public const string ContainerName = InterceptionNames.SidecarContainer;

    /// <summary>Where the proxy takes the application's requests, on the pod's loopback address.</summary>
    public const int OutboundPort = 15001;

    /// <summary>Where the proxy takes the requests that are meant for the application.</summary>
    public const int InboundPort = 15006;

    /// <summary>The user whose connections interception leaves alone; no application runs as it by chance.</summary>
    public const int UserId = 2102;

    /// <summary>
    /// A native sidecar (KEP-753): an init container that keeps running, is ready before the application starts and ends after it.
    /// </summary>
    /// <param name="applicationPort">Without interception, the application's port that the proxy stands in front of; null where it has none.</param>
    /// <param name="options">What all sidecars have in common.</param>
    public static V1Container Container(int? applicationPort, SidecarOptions options) => new()
    {
        Name = ContainerName,
        Image = options.Image,
        ImagePullPolicy = "IfNotPresent",
        RestartPolicy = "Always",
        Args = Arguments(applicationPort, options),
        Env =
        [
            FromField("MESH_PROXY_NAME", "metadata.name"),
            FromField("MESH_NAMESPACE", "metadata.namespace"),
            FromField("MESH_SERVICE_ACCOUNT", "spec.serviceAccountName"),
            FromField("MESH_NODE", "spec.nodeName"),
            // Copied from the node when the pod is bound (KEP-4742); empty on clusters that don't.
            FromField("MESH_ZONE", "metadata.labels['topology.kubernetes.io/zone']"),
            .. options.Identity?.Variables ?? [],
        ],
        VolumeMounts = options.Identity is null ? null : [.. SidecarIdentity.Mounts],
        SecurityContext = Restricted(),
        Resources = new V1ResourceRequirements
        {
            // Measured: 31 MB resident under load, a few hundred requests a second in a twentieth of a core.
            Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("50m"), ["memory"] = new("48Mi") },
        },
        // Up to two minutes for an operator that is being rolled out; the kubelet restarts the proxy after that, and tries again.
        StartupProbe = Ready(periodSeconds: 1, failureThreshold: 120),
        ReadinessProbe = Ready(periodSeconds: 5, failureThreshold: 3),
    };

    private static List<string> Arguments(int? applicationPort, SidecarOptions options)
    {
        List<string> arguments = ["run", "--operator", options.OperatorUrl];
        // Redirected connections arrive at loopback of their own family, and at an address of the pod's.
        if (options.Interception is not InterceptionMode.None) return [.. arguments, "--outbound", $"localhost:{OutboundPort}", "--inbound", $"[::]:{InboundPort}"];
        if (applicationPort is { } port) arguments.AddRange(["--inbound", $"0.0.0.0:{InboundPort}=127.0.0.1:{port}"]);
        return arguments;
    }

    // By the downward API, since a pod made from a template has no name yet when it is admitted.
    private static V1EnvVar FromField(string name, string field) => new()
    {
        Name = name,
        ValueFrom = new V1EnvVarSource { FieldRef = new V1ObjectFieldSelector { ApiVersion = "v1", FieldPath = field } },
    };

    /// <summary>What the Pod Security Standards call restricted.</summary>
    /// <param name="user">The user and group ID. Default: the proxy's.</param>
    public static V1SecurityContext Restricted(int user = UserId) => new()
    {
        RunAsNonRoot = true,
        RunAsUser = user,
        RunAsGroup = user,
        AllowPrivilegeEscalation = false,
        ReadOnlyRootFilesystem = true,
        Capabilities = new V1Capabilities { Drop = ["ALL"] },
        SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
    };

    private static V1Probe Ready(int periodSeconds, int failureThreshold) => new()
    {
        Exec = new V1ExecAction { Command = ["/app/mesh-proxy", "ready"] },
        PeriodSeconds = periodSeconds,
        FailureThreshold = failureThreshold,
        TimeoutSeconds = 2,
    };
}
