using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.State;

namespace Mesh.Operator.Injection;

/// <summary>
/// Refuses objects of our kinds that the schema allows and that make no sense all the same, and warns of those that may not do what
/// was meant.
/// </summary>
internal sealed partial class ValidationWebhook(IServiceReader services, ILogger<ValidationWebhook> logger) : IAdmissionWebhook
{
    public string Name => "validate";

    /// <summary>No policy at all is better than one that nobody has looked at: failurePolicy is Fail, and concerns our kinds only.</summary>
    public bool AdmitsOnFailure => false;

    public async ValueTask<AdmissionResponse> ReviewAsync(AdmissionRequest request, CancellationToken cancellationToken) => request.Kind switch
    {
        { Group: MeshApi.Group, Kind: TrafficPolicy.KubeKind } => await ReviewPolicyAsync(request, cancellationToken),
        { Group: MeshApi.Group, Kind: AuthorizationPolicy.KubeKind } => await ReviewAuthorizationAsync(request, cancellationToken),
        { Group: MeshApi.Group, Kind: MeshConfig.KubeKind } => ReviewConfig(request),
        _ => new AdmissionResponse { Allowed = true },
    };

    private async ValueTask<AdmissionResponse> ReviewPolicyAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        var errors = SchemaErrors(request, CustomResourceDefinitions.TrafficPolicy);
        if (errors.Count > 0) return Refuse(request, errors);
        var policy = KubernetesJson.Deserialize<TrafficPolicy>(request.Object);
        policy.Metadata.NamespaceProperty = request.Namespace;
        errors = ResourceValidation.Validate(policy);
        var targets = policy.Spec.TargetRefs.Select(target => PolicyTargets.Of(policy, target));
        return errors.Count > 0 ? Refuse(request, errors) : Admit(await MissingTargetsAsync([.. targets], cancellationToken));
    }

    private async ValueTask<AdmissionResponse> ReviewAuthorizationAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        var errors = SchemaErrors(request, CustomResourceDefinitions.AuthorizationPolicy);
        if (errors.Count > 0) return Refuse(request, errors);
        var policy = KubernetesJson.Deserialize<AuthorizationPolicy>(request.Object);
        errors = ResourceValidation.Validate(policy);
        var targets = (policy.Spec.TargetRefs ?? []).Select(target => new NamespacedName(request.Namespace, target.Name));
        return errors.Count > 0 ? Refuse(request, errors) : Admit(await MissingTargetsAsync([.. targets], cancellationToken));
    }

    private static AdmissionResponse ReviewConfig(AdmissionRequest request)
    {
        var errors = SchemaErrors(request, CustomResourceDefinitions.MeshConfig);
        if (errors.Count > 0) return Refuse(request, errors);
        errors = ResourceValidation.Validate(KubernetesJson.Deserialize<MeshConfig>(request.Object));
        if (errors.Count > 0) return Refuse(request, errors);
        return Admit(request.Name == MeshConfig.DefaultName
            ? []
            : [$"metadata.name: found {request.Name}, expected {MeshConfig.DefaultName}: a {MeshConfig.KubeKind} of another name has no effect"]);
    }

    // The API server has checked the schema that is installed; this operator's own may know less.
    private static IReadOnlyList<FieldError> SchemaErrors(AdmissionRequest request, V1CustomResourceDefinition definition) =>
    [
        .. StructuralSchema.Validate(CustomResourceDefinitions.ReadingSchema(definition), JsonObject.Create(request.Object))
            .Where(e => e.Path.StartsWith("spec", StringComparison.Ordinal)),
    ];

    private async ValueTask<List<string>> MissingTargetsAsync(IReadOnlyList<NamespacedName> targets, CancellationToken cancellationToken)
    {
        var warnings = new List<string>();
        foreach (var (i, target) in targets.Index())
        {
            if (await IsMissingAsync(target, cancellationToken)) warnings.Add($"spec.targetRefs[{i}].name: found {target}, expected a Service that exists: the policy has no effect until it does");
        }
        return warnings;
    }

    // A good policy is not refused because nobody could be asked what to warn of: its ResolvedRefs condition will tell.
    private async ValueTask<bool> IsMissingAsync(NamespacedName target, CancellationToken cancellationToken)
    {
        try
        {
            return !await services.ExistsAsync(target, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotAsked(target, exception.Describe());
            return false;
        }
    }

    private static AdmissionResponse Admit(List<string> warnings) => new() { Allowed = true, Warnings = warnings.Count > 0 ? warnings : null };

    private static AdmissionResponse Refuse(AdmissionRequest request, IReadOnlyList<FieldError> errors)
    {
        var name = new NamespacedName(request.Namespace, request.Name);
        return AdmissionResponse.Deny(
            StatusCodes.Status422UnprocessableEntity,
            "Invalid",
            $"{request.Kind!.Kind} {name} is invalid: {string.Join("; ", errors)}",
            new V1StatusDetails
            {
                Group = request.Kind.Group,
                Kind = request.Kind.Kind,
                Name = request.Name,
                Causes = [.. errors.Select(e => new V1StatusCause { Field = e.Path, Reason = "FieldValueInvalid", Message = $"found {e.Found ?? "nothing"}, expected {e.Expected}" })],
            });
    }

    [LoggerMessage(LogLevel.Warning, "Whether there is a Service {Target} could not be asked. {Reason}")]
    private partial void LogNotAsked(NamespacedName target, string reason);
}
