using k8s.Models;
using Mesh.Api.Interception;
using Mesh.Api.Probes;
using Mesh.Api.Resources;

namespace Mesh.Api.Injection;

/// <summary>The proxy's container in an application's pod.</summary>
public static class Sidecar
{
    /// <summary>What it is named.</summary>
    public const string ContainerName = InterceptionNames.SidecarContainer;

    /// <summary>Where the proxy serves its own pages, on the pod's loopback address.</summary>
    public const int AdminPort = 15000;

    /// <summary>Where the proxy takes the application's requests, on the pod's loopback address.</summary>
    public const int OutboundPort = 15001;

    /// <summary>Where the kubelet asks for the proxy's health, and by way of it for the application's.</summary>
    public const int HealthPort = 15002;

    /// <summary>Where the proxy takes the requests that are meant for the application.</summary>
    public const int InboundPort = 15006;

    /// <summary>The user whose connections interception leaves alone; no application runs as it by chance.</summary>
    public const int UserId = 2102;

    private const string Program = "/app/mesh-proxy";

    // An operator that is being rolled out answers within that. The kubelet restarts the proxy after it, and tries again.
    private const int StartSeconds = 120;

    // The proxy's own default of --drain-grace: the part of the drain timeout in which others are told to go elsewhere.
    private static readonly TimeSpan DrainGrace = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A native sidecar (KEP-753): an init container that keeps running, is ready before the application starts and ends after it. On
    /// clusters without them an ordinary container, the first, which holds back those after it until it is ready.
    /// </summary>
    /// <param name="request">The pod that it is for.</param>
    /// <param name="adjustments">What the pod changes of it.</param>
    /// <param name="applicationPort">Without interception, the application's port that the proxy stands in front of; null where it has none.</param>
    /// <param name="probes">What the kubelet asks the application by way of the sidecar.</param>
    internal static V1Container Container(
        InjectionRequest request, Adjustments adjustments, int? applicationPort, IReadOnlyDictionary<string, ApplicationProbe> probes)
    {
        var options = request.Options;
        return new()
        {
            Name = ContainerName,
            Image = options.Image,
            ImagePullPolicy = "IfNotPresent",
            RestartPolicy = options.NativeSidecars ? "Always" : null,
            Args = Arguments(applicationPort, adjustments, options),
            Env = [.. Whereabouts(), .. options.Identity?.Variables ?? [], .. Probes(probes)],
            Ports = [new V1ContainerPort { Name = "mesh-health", ContainerPort = HealthPort, Protocol = "TCP" }],
            VolumeMounts = options.Identity is null ? null : [.. SidecarIdentity.Mounts],
            SecurityContext = Restricted(),
            Resources = adjustments.Resources.Requirements(podHasItsOwn: request.Pod.Spec.Resources is not null),
            StartupProbe = Probe("/ready", periodSeconds: 1, failureThreshold: StartSeconds),
            ReadinessProbe = Probe("/ready", periodSeconds: 5, failureThreshold: 3),
            LivenessProbe = Probe("/live", periodSeconds: 10, failureThreshold: 6),
            Lifecycle = options.NativeSidecars ? null : HoldBackOthers(),
        };
    }

    private static IEnumerable<V1EnvVar> Whereabouts() =>
    [
        FromField("MESH_PROXY_NAME", "metadata.name"),
        FromField("MESH_NAMESPACE", "metadata.namespace"),
        FromField("MESH_SERVICE_ACCOUNT", "spec.serviceAccountName"),
        FromField("MESH_NODE", "spec.nodeName"),
        // Copied from the node when the pod is bound (KEP-4742); empty on clusters that don't.
        FromField("MESH_ZONE", "metadata.labels['topology.kubernetes.io/zone']"),
    ];

    private static IEnumerable<V1EnvVar> Probes(IReadOnlyDictionary<string, ApplicationProbe> probes) =>
        probes.Count > 0 ? [new() { Name = ApplicationProbes.Variable, Value = Escaped(ApplicationProbes.Write(probes)) }] : [];

    /// <summary>A variable's value as a manifest has it: Kubernetes reads <c>$(NAME)</c> as another variable's, and <c>$$</c> as <c>$</c>.</summary>
    internal static string Escaped(string value) => value.Replace("$", "$$", StringComparison.Ordinal);

    /// <summary>The value that the container sees of what <see cref="Escaped"/> has written.</summary>
    internal static string? Unescaped(string? value) => value?.Replace("$$", "$", StringComparison.Ordinal);

    private static List<string> Arguments(int? applicationPort, Adjustments adjustments, SidecarOptions options)
    {
        List<string> arguments = ["run", "--operator", options.OperatorUrl];
        // Redirected connections arrive at loopback of their own family, and at an address of the pod's.
        if (options.Interception is not InterceptionMode.None) arguments.AddRange(["--outbound", $"localhost:{OutboundPort}", "--inbound", $"[::]:{InboundPort}"]);
        else if (applicationPort is { } port) arguments.AddRange(["--inbound", $"[::]:{InboundPort}=127.0.0.1:{port}"]);
        arguments.AddRange(["--health", $"[::]:{HealthPort}", "--drain-timeout", new MeshDuration(adjustments.DrainTimeout).ToString()]);
        if (adjustments.DrainTimeout < 2 * DrainGrace) arguments.AddRange(["--drain-grace", new MeshDuration(adjustments.DrainTimeout / 2).ToString()]);
        if (adjustments.LogLevel is { } level) arguments.AddRange(["--log-level", level]);
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
    internal static V1SecurityContext Restricted(int user = UserId) => new()
    {
        RunAsNonRoot = true,
        RunAsUser = user,
        RunAsGroup = user,
        AllowPrivilegeEscalation = false,
        Privileged = false,
        ReadOnlyRootFilesystem = true,
        Capabilities = new V1Capabilities { Drop = ["ALL"] },
        SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
    };

    private static V1Probe Probe(string path, int periodSeconds, int failureThreshold) => new()
    {
        HttpGet = new V1HTTPGetAction { Path = path, Port = HealthPort, Scheme = "HTTP" },
        PeriodSeconds = periodSeconds,
        FailureThreshold = failureThreshold,
        TimeoutSeconds = 2,
    };

    // The kubelet starts a pod's containers one after the other, and waits for each one's hook.
    private static V1Lifecycle HoldBackOthers() => new()
    {
        PostStart = new V1LifecycleHandler { Exec = new V1ExecAction { Command = [Program, "ready", "--wait", $"{StartSeconds}s"] } },
    };
}
