using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Mesh.Api.Probes;

namespace Mesh.Api.Injection;

/// <summary>
/// Has the kubelet ask for the application's health by way of the sidecar. The kubelet is no member of the mesh: its requests to a
/// port that takes mutual TLS only would be refused, and its connections are accepted by the sidecar whether the application
/// listens or not.
/// </summary>
internal sealed class ProbeRewriting(V1Pod pod, Adjustments adjustments)
{
    private readonly SortedDictionary<string, ApplicationProbe> _probes = new(StringComparer.Ordinal);
    private readonly List<JsonPatchOperation> _patch = [];

    /// <summary>What the sidecar is to ask, by the path that the kubelet asks at.</summary>
    public IReadOnlyDictionary<string, ApplicationProbe> Probes => _probes;

    /// <returns>The operations that point the kubelet to the sidecar, by the containers' places before any is added.</returns>
    public IReadOnlyList<JsonPatchOperation> Rewrite()
    {
        Rewrite("initContainers", pod.Spec.InitContainers ?? []);
        Rewrite("containers", pod.Spec.Containers);
        return _patch;
    }

    private void Rewrite(string list, IList<V1Container> containers)
    {
        foreach (var (index, container) in containers.Index())
        {
            if (container.Name == Sidecar.ContainerName) continue;
            string[] path = ["spec", list, index.ToString(CultureInfo.InvariantCulture)];
            Rewrite(container, "liveness", [.. path, "livenessProbe"], container.LivenessProbe);
            Rewrite(container, "readiness", [.. path, "readinessProbe"], container.ReadinessProbe);
            Rewrite(container, "startup", [.. path, "startupProbe"], container.StartupProbe);
            Rewrite(container, "post-start", [.. path, "lifecycle", "postStart"], container.Lifecycle?.PostStart);
            Rewrite(container, "pre-stop", [.. path, "lifecycle", "preStop"], container.Lifecycle?.PreStop);
        }
    }

    private void Rewrite(V1Container container, string name, string[] path, V1Probe? probe)
    {
        if (probe?.HttpGet is { } http) Replace(container, name, path, "httpGet", Http(container, name, http));
        else if (probe?.TcpSocket is { Host: null or "" } tcp) Replace(container, name, path, "tcpSocket", Port(container, tcp.Port) is { } port ? new() { TcpSocket = new() { Port = port } } : null);
        else if (probe?.Grpc is { } grpc) Replace(container, name, path, "grpc", new() { Grpc = new() { Port = grpc.Port, Service = grpc.Service is { Length: > 0 } service ? service : null } });
    }

    private void Rewrite(V1Container container, string name, string[] path, V1LifecycleHandler? hook)
    {
        if (hook?.HttpGet is { } http) Replace(container, name, path, "httpGet", Http(container, name, http));
    }

    // One that names a host is not for this pod; one may come by way of the sidecar already.
    private static ApplicationProbe? Http(V1Container container, string name, V1HTTPGetAction http) =>
        http.Host is null or "" && Port(container, http.Port) is { } port && (port != Sidecar.HealthPort || http.Path != ApplicationProbes.PathOf(container.Name, name))
            ? new()
            {
                HttpGet = new()
                {
                    Port = port,
                    Path = http.Path,
                    Scheme = http.Scheme,
                    HttpHeaders = http.HttpHeaders is { Count: > 0 } headers ? [.. headers.Select(header => new ProbeHeader(header.Name, header.Value))] : null,
                },
            }
            : null;

    // Null where it names no port of the container's: the kubelet fails it without our help.
    private static int? Port(V1Container container, IntOrString? port) =>
        int.TryParse(port?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : container.Ports?.FirstOrDefault(declared => declared.Name == port?.Value)?.ContainerPort;

    private void Replace(V1Container container, string name, string[] path, string asked, ApplicationProbe? probe)
    {
        var port = probe?.HttpGet?.Port ?? probe?.TcpSocket?.Port ?? probe?.Grpc?.Port;
        // What doesn't come by the sidecar is asked as before.
        if (port is null || adjustments.Skipped.InboundPorts.Any(range => range.Contains(port.Value))) return;
        var at = ApplicationProbes.PathOf(container.Name, name);
        _probes[at] = probe!;
        if (asked != "httpGet") _patch.Add(JsonPatchOperation.Remove([.. path, asked]));
        _patch.Add(JsonPatchOperation.Add([.. path, "httpGet"], new JsonObject { ["path"] = at, ["port"] = Sidecar.HealthPort, ["scheme"] = "HTTP" }));
    }
}
