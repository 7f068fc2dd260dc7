using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using Mesh.LocalCluster.Network;

namespace Mesh.LocalCluster.Node;

/// <summary>A container's environment variables, and what refers to them.</summary>
internal static partial class ContainerEnvironment
{
    public static Dictionary<string, string> Of(V1Container container, PodSettings settings)
    {
        var pod = settings.Pod;
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ["HOSTNAME"] = pod.Metadata.Name,
            ["HOME"] = "/tmp",
            ["LC_ALL"] = "C.UTF-8",
            // Programs that are not self-contained run on this process's runtime.
            ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../..")),
            ["KUBERNETES_SERVICE_HOST"] = ClusterAddresses.ApiService.ToString(),
            ["KUBERNETES_SERVICE_PORT"] = "443",
        };
        foreach (var variable in container.Env ?? []) environment[variable.Name] = Value(variable, container, settings, environment);
        return environment;
    }

    /// <summary>A text in which <c>$(NAME)</c> stands for a variable.</summary>
    public static string Expand(string text, Dictionary<string, string> environment) =>
        Reference().Replace(text, match => environment.GetValueOrDefault(match.Groups["name"].Value, match.Value));

    /// <summary>A field of the pod, as env and downward API volumes name it.</summary>
    public static string Field(string path, V1Pod pod, string address) => path switch
    {
        "metadata.name" => pod.Metadata.Name,
        "metadata.namespace" => pod.Metadata.NamespaceProperty,
        "metadata.uid" => pod.Metadata.Uid,
        "metadata.labels" => Lines(pod.Metadata.Labels),
        "metadata.annotations" => Lines(pod.Metadata.Annotations),
        "spec.nodeName" => LocalNode.Name,
        "spec.serviceAccountName" => Account(pod),
        "status.podIP" or "status.podIPs" => address,
        "status.hostIP" or "status.hostIPs" => ClusterAddresses.Node.ToString(),
        _ when Subscript().Match(path) is { Success: true } match =>
            (match.Groups["map"].Value is "labels" ? pod.Metadata.Labels : pod.Metadata.Annotations)?.TryGetValue(match.Groups["key"].Value, out var found) is true ? found : "",
        _ => throw new NotSupportedException($"fieldPath: found {path}, expected one that this cluster knows"),
    };

    public static string Account(V1Pod pod) => pod.Spec.ServiceAccountName is { Length: > 0 } name ? name : "default";

    private static string Value(V1EnvVar variable, V1Container container, PodSettings settings, Dictionary<string, string> environment) => variable.ValueFrom switch
    {
        null => Expand(variable.Value ?? "", environment),
        { FieldRef: { } field } => Field(field.FieldPath, settings.Pod, settings.Sandbox.Address.ToString()),
        { ResourceFieldRef: { } resource } => Resource(resource, container),
        { ConfigMapKeyRef: { } key } => settings.Volumes.ConfigMapValue(key.Name, key.Key) ?? "",
        { SecretKeyRef: { } key } => settings.Volumes.SecretValue(key.Name, key.Key) ?? "",
        _ => throw new NotSupportedException($"env {variable.Name}: {KubernetesYaml.Serialize(variable.ValueFrom)}"),
    };

    private static string Resource(V1ResourceFieldSelector selector, V1Container container)
    {
        var parts = selector.Resource.Split('.');
        var quantities = parts[0] is "limits" ? container.Resources?.Limits : container.Resources?.Requests;
        // What isn't limited has the node's.
        if (quantities?.TryGetValue(parts[1], out var quantity) is not true)
            return (parts[1] is "cpu" ? Environment.ProcessorCount : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes).ToString(CultureInfo.InvariantCulture);
        var divisor = selector.Divisor is { } given && given.ToDecimal() > 0 ? given.ToDecimal() : 1;
        return Math.Ceiling(quantity!.ToDecimal() / divisor).ToString(CultureInfo.InvariantCulture);
    }

    private static string Lines(IDictionary<string, string>? map) => string.Join('\n', (map ?? new Dictionary<string, string>()).Select(entry => $"{entry.Key}=\"{entry.Value}\""));

    [GeneratedRegex(@"\$\((?<name>[A-Za-z_][A-Za-z0-9_.-]*)\)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"^metadata\.(?<map>labels|annotations)\['(?<key>[^']+)'\]$")]
    private static partial Regex Subscript();
}
