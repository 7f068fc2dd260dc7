using System.Text.Json;
using k8s;
using k8s.Models;
using Mesh.Api.Authorization;
using Mesh.Api.Injection;

namespace Mesh.Operator.Injection;

/// <summary>
/// Refuses what a namespace newly says of mutual TLS and of who is let in, where that can't be read: it would be taken as the strictest
/// there is. What stood there before is left, so that nothing else about the namespace has to wait for it.
/// </summary>
internal sealed class NamespaceWebhook : IAdmissionWebhook
{
    private static readonly (string Annotation, Func<string, bool> IsReadable, string Expected)[] Rules =
    [
        (PodAnnotations.Mtls, static text => MtlsAnnotations.TryParse(text, out _), MtlsAnnotations.Expected),
        (DefaultAccessAnnotation.Name, static text => DefaultAccessAnnotation.TryParse(text, out _), DefaultAccessAnnotation.Expected),
    ];

    public string Name => "namespace";

    /// <summary>Namespaces are never kept waiting.</summary>
    public bool AdmitsOnFailure => true;

    public ValueTask<AdmissionResponse> ReviewAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind is not { Group: "", Kind: V1Namespace.KubeKind }) return new(new AdmissionResponse { Allowed = true });
        var (now, before) = (AnnotationsOf(request.Object), AnnotationsOf(request.OldObject));
        var errors = Rules
            .Where(rule => now.TryGetValue(rule.Annotation, out var text) && !rule.IsReadable(text) && before.GetValueOrDefault(rule.Annotation) != text)
            .Select(rule => $"annotation {rule.Annotation} on namespace {request.Name}: found \"{now[rule.Annotation]}\", expected {rule.Expected}")
            .ToList();
        return new(errors.Count > 0
            ? AdmissionResponse.Deny(StatusCodes.Status422UnprocessableEntity, "Invalid", string.Join("; ", errors))
            : new AdmissionResponse { Allowed = true });
    }

    private static Dictionary<string, string> AnnotationsOf(JsonElement space) =>
        space.ValueKind is JsonValueKind.Object && KubernetesJson.Deserialize<V1Namespace>(space).Metadata?.Annotations is { } annotations
            ? new(annotations)
            : [];
}
