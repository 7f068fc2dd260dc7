using k8s;
using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Api.Injection;
using Mesh.Api.Resources;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>Whether a pod's peers prove who they are, by port: the pod's annotations before its namespace's before MeshConfig.</summary>
/// <param name="Mode">For ports that <paramref name="Ports"/> doesn't list.</param>
/// <param name="Ports">By the application's port, in their order.</param>
/// <param name="Problems">What could not be read, and counts as Strict.</param>
internal sealed record MtlsModes(MtlsMode Mode, IReadOnlyList<(int Port, MtlsMode Mode)> Ports, IReadOnlyList<string> Problems)
{
    public MtlsMode Of(int port)
    {
        foreach (var (listed, mode) in Ports)
        {
            if (listed == port) return mode;
        }
        return Mode;
    }

    public static MtlsModes Of(ClusterSnapshot cluster, NamespacedName pod)
    {
        var problems = new List<string>();
        var (own, space) = (cluster.Pods.GetValueOrDefault(pod), cluster.Namespaces.GetValueOrDefault(pod.Namespace));
        var mode = Read($"Pod {pod}", own, problems)
            ?? Read($"Namespace {pod.Namespace}", space, problems)
            ?? (cluster.Config?.Spec.Mtls?.Mode is { } configured ? Compile(configured) : MtlsMode.Permissive);
        var (ports, isWhole) = ReadPorts(pod, own, problems);
        // Which port was meant can't be told of what can't be read: it may be any that isn't listed.
        return new(isWhole ? mode : MtlsMode.Strict, ports, problems);
    }

    private static MtlsMode? Read(string name, IKubernetesObject<V1ObjectMeta>? resource, List<string> problems)
    {
        if (Annotation(resource, WellKnown.MtlsAnnotation) is not { } text) return null;
        if (MtlsAnnotations.TryParse(text, out var mode)) return Compile(mode.Value);
        problems.Add($"{name}: annotation {WellKnown.MtlsAnnotation}: found \"{text}\", expected {MtlsAnnotations.Expected}; taken as Strict");
        return MtlsMode.Strict;
    }

    private static (IReadOnlyList<(int, MtlsMode)> Ports, bool IsWhole) ReadPorts(NamespacedName pod, V1Pod? own, List<string> problems)
    {
        var ports = new SortedDictionary<int, MtlsMode>();
        var isWhole = true;
        foreach (var (text, port, mode) in MtlsAnnotations.ReadPorts(Annotation(own, WellKnown.MtlsPortsAnnotation) ?? ""))
        {
            if (mode is null) problems.Add($"Pod {pod}: annotation {WellKnown.MtlsPortsAnnotation}: found \"{text}\", expected {MtlsAnnotations.ExpectedPort}; taken as Strict");
            if (port is { } readable) ports[readable] = mode is { } told ? Compile(told) : MtlsMode.Strict;
            else isWhole = false;
        }
        return ([.. ports.Select(item => (item.Key, item.Value))], isWhole);
    }

    private static string? Annotation(IKubernetesObject<V1ObjectMeta>? resource, string name) =>
        resource?.Metadata.Annotations is { } annotations && annotations.TryGetValue(name, out var value) ? value : null;

    private static MtlsMode Compile(MutualTls mode) => mode switch
    {
        MutualTls.Permissive => MtlsMode.Permissive,
        MutualTls.Off => MtlsMode.MtlsOff,
        _ => MtlsMode.Strict,
    };
}
