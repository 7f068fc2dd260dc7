using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Injection;
using Mesh.Api.Resources;

namespace Mesh.Operator.Injection;

/// <summary>Gives a namespace the label that says what its annotation says, in the very write that brings the annotation.</summary>
internal sealed class NamespaceLabelWebhook : IAdmissionWebhook
{
    public string Name => "label";

    /// <summary>Namespaces are never kept waiting; <see cref="NamespaceLabels"/> looks after them later.</summary>
    public bool AdmitsOnFailure => true;

    public ValueTask<AdmissionResponse> ReviewAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind is not { Group: "", Kind: V1Namespace.KubeKind }) return new(new AdmissionResponse { Allowed = true });
        var space = KubernetesJson.Deserialize<V1Namespace>(request.Object);
        var label = InjectLabel.Of(space);
        if (label == InjectLabel.Found(space)) return new(new AdmissionResponse { Allowed = true });
        return new(new AdmissionResponse
        {
            Allowed = true,
            PatchType = "JSONPatch",
            Patch = JsonSerializer.SerializeToUtf8Bytes<JsonPatchOperation[]>([Operation(space, label)]),
            Warnings = Warning(space, label, LabelBefore(request)) is { } warning ? [$"{MeshApi.Group}: {warning}"] : null,
        });
    }

    private static JsonPatchOperation Operation(V1Namespace space, string? label) =>
        label is null ? JsonPatchOperation.Remove(["metadata", "labels", MeshApi.InjectLabel])
        : space.Metadata.Labels is null ? JsonPatchOperation.Add(["metadata", "labels"], new JsonObject { [MeshApi.InjectLabel] = label })
        : JsonPatchOperation.Add(["metadata", "labels", MeshApi.InjectLabel], JsonValue.Create(label));

    private static string? LabelBefore(AdmissionRequest request) =>
        request.OldObject.ValueKind is JsonValueKind.Object ? InjectLabel.Found(KubernetesJson.Deserialize<V1Namespace>(request.OldObject)) : null;

    private static string? Warning(V1Namespace space, string? label, string? before) => label switch
    {
        MeshApi.InvalidInjectLabel => $"annotation {MeshApi.InjectAnnotation} on namespace {space.Metadata.Name}: found \"{space.Metadata.Annotations[MeshApi.InjectAnnotation]}\", expected \"true\" or \"false\": its pods are refused",
        // Where the label is as it was, it's the annotation that has been taken away.
        null when InjectLabel.Found(space) != before => $"label {MeshApi.InjectLabel} on namespace {space.Metadata.Name} is the operator's to keep: annotate the namespace instead",
        _ => null,
    };
}
