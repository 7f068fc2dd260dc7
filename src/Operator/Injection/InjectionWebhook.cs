using System.Text.Json;
using Mesh.Api.Injection;
using k8s;
using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Operator.Injection;

/// <summary>Gives pods their sidecar when they are created.</summary>
internal sealed partial class InjectionWebhook(
    INamespaceReader namespaces, ISidecarSettings settings, WebhookOptions options, ILogger<InjectionWebhook> logger) : IAdmissionWebhook
{
    public string Name => "inject";

    /// <summary>Unless somebody wants it otherwise, the mesh must not keep pods from running.</summary>
    public bool AdmitsOnFailure => options.MayFail;

    public async ValueTask<AdmissionResponse> ReviewAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind is not { Group: "", Kind: "Pod" }) return LeaveAlone(request, new($"{request.Kind?.Kind} is no Pod"));
        var pod = KubernetesJson.Deserialize<V1Pod>(request.Object);
        var annotations = PodInjector.Decides(pod) ? null : await namespaces.AnnotationsAsync(request.Namespace, cancellationToken);
        return PodInjector.Decide(pod, request.Namespace, annotations, await settings.CurrentAsync(cancellationToken)) switch
        {
            InjectionDecision.Inject inject => Patch(request, inject),
            InjectionDecision.LeaveAlone reason => LeaveAlone(request, reason),
            InjectionDecision.Deny deny => AdmissionResponse.Deny(StatusCodes.Status422UnprocessableEntity, "Invalid", deny.Reason),
            var other => throw new InvalidOperationException($"No answer to {other}."),
        };
    }

    private AdmissionResponse Patch(AdmissionRequest request, InjectionDecision.Inject inject)
    {
        LogInjected(request.Namespace, request.Name, request.Uid);
        return new AdmissionResponse
        {
            Allowed = true,
            PatchType = "JSONPatch",
            Patch = JsonSerializer.SerializeToUtf8Bytes(inject.Patch),
            Warnings = inject.Warnings is { Count: > 0 } ? [.. inject.Warnings.Select(warning => $"{MeshApi.Group}: {warning}")] : null,
        };
    }

    private AdmissionResponse LeaveAlone(AdmissionRequest request, InjectionDecision.LeaveAlone decision)
    {
        LogLeftAlone(request.Namespace, request.Name, request.Uid, decision.Reason);
        return new AdmissionResponse
        {
            Allowed = true,
            Warnings = decision.AgainstTheWish ? [$"{MeshApi.Group}: the pod gets no sidecar: {decision.Reason}"] : null,
            AuditAnnotations = new Dictionary<string, string> { ["no-sidecar"] = decision.Reason },
        };
    }

    [LoggerMessage(LogLevel.Debug, "Pod {Namespace}/{Name} gets a sidecar (review {Review}).")]
    private partial void LogInjected(string @namespace, string name, string? review);

    [LoggerMessage(LogLevel.Debug, "Pod {Namespace}/{Name} gets no sidecar (review {Review}): {Reason}.")]
    private partial void LogLeftAlone(string @namespace, string name, string? review, string reason);
}
