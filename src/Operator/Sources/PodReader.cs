using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using k8s;
using k8s.Models;
using Mesh.Api.Injection;
using Mesh.Operator.State;

namespace Mesh.Operator.Sources;

/// <summary>Reads of a pod what endpoints are read by. Pods are the most numerous objects and the busiest, and mostly managedFields, volumes and conditions.</summary>
internal static class PodReader
{
    private static readonly Alike<Dictionary<string, string>> Labels = new(labels => ReadTexts(labels, _ => true));
    private static readonly Alike<Dictionary<string, string>> Annotations = new(annotations => ReadTexts(annotations, IsRead));
    private static readonly Alike<V1PodSpec> Specs = new(ReadSpec);
    private static readonly Alike<V1PodStatus> Phases = new(phase => new() { Phase = phase.GetString() });

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _content;

    public static V1Pod Read(JsonElement resource)
    {
        var metadata = resource.GetProperty("metadata");
        return new()
        {
            Metadata = ObjectJson.ReadMetadata(metadata,
                labels: metadata.Find("labels", JsonValueKind.Object) is { } labels ? Labels.Of(labels) : null,
                annotations: metadata.Find("annotations", JsonValueKind.Object) is { } annotations ? Annotations.Of(annotations, ContentOfAnnotations(annotations)) : null),
            Spec = resource.Find("spec", JsonValueKind.Object) is { } spec ? Specs.Of(spec, ContentOfSpec(spec)) : null,
            Status = resource.Find("status", JsonValueKind.Object) is { } status && status.TryGetProperty("phase", out var phase) ? Phases.Of(phase) : null,
        };
    }

    private static bool IsRead(string annotation) => PodInjector.Reads(annotation) && annotation != WellKnown.MeshedAnnotation;

    private static Dictionary<string, string> ReadTexts(JsonElement texts, Func<string, bool> isWanted) =>
        texts.EnumerateObject().Where(text => isWanted(text.Name)).ToDictionary(text => text.Name, text => text.Value.GetString() ?? "", StringComparer.Ordinal);

    // Whom it runs as, which containers are the mesh's, what ports are called, and whether it should be in the mesh at all.
    private static V1PodSpec ReadSpec(JsonElement spec) => new()
    {
        ServiceAccountName = spec.TryGetProperty("serviceAccountName", out var account) ? account.GetString() : null,
        RestartPolicy = WatchedKind.Text(spec, "restartPolicy"),
        HostNetwork = spec.TryGetProperty("hostNetwork", out var hostNetwork) && hostNetwork.ValueKind is JsonValueKind.True,
        Containers = ReadContainers(spec, "containers"),
        InitContainers = ReadContainers(spec, "initContainers"),
    };

    private static List<V1Container> ReadContainers(JsonElement spec, string name) => !spec.TryGetProperty(name, out var containers) || containers.ValueKind is not JsonValueKind.Array ? [] :
    [
        .. containers.EnumerateArray().Select(container => new V1Container
        {
            Name = container.GetProperty("name").GetString(),
            Ports = container.TryGetProperty("ports", out var ports) ? KubernetesJson.Deserialize<List<V1ContainerPort>>(ports) : null,
        }),
    ];

    private static ReadOnlySpan<byte> ContentOfAnnotations(JsonElement annotations)
    {
        var content = NewContent();
        foreach (var annotation in annotations.EnumerateObject())
        {
            if (!IsRead(annotation.Name)) continue;
            content.Write(JsonMarshal.GetRawUtf8PropertyName(annotation));
            content.Write("="u8);
            content.Write(JsonMarshal.GetRawUtf8Value(annotation.Value));
        }
        return content.WrittenSpan;
    }

    // All that ReadSpec reads, and nothing that is each pod's own.
    private static ReadOnlySpan<byte> ContentOfSpec(JsonElement spec)
    {
        var content = NewContent();
        Add(content, spec, "serviceAccountName");
        Add(content, spec, "restartPolicy");
        Add(content, spec, "hostNetwork");
        AddContainers(content, spec, "containers");
        AddContainers(content, spec, "initContainers");
        return content.WrittenSpan;
    }

    private static void AddContainers(ArrayBufferWriter<byte> content, JsonElement spec, string name)
    {
        content.Write(";"u8);
        if (!spec.TryGetProperty(name, out var containers) || containers.ValueKind is not JsonValueKind.Array) return;
        foreach (var container in containers.EnumerateArray())
        {
            Add(content, container, "name");
            Add(content, container, "ports");
        }
    }

    private static void Add(ArrayBufferWriter<byte> content, JsonElement parent, string name)
    {
        content.Write(","u8);
        if (parent.TryGetProperty(name, out var value)) content.Write(JsonMarshal.GetRawUtf8Value(value));
    }

    private static ArrayBufferWriter<byte> NewContent()
    {
        var content = _content ??= new(1024);
        content.ResetWrittenCount();
        return content;
    }
}
