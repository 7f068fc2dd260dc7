using System.Text.Json.Nodes;
using Mesh.KubeApi.Authorization;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Admission;

/// <summary>The messages of admission.k8s.io/v1.</summary>
internal static class AdmissionReview
{
    public static JsonObject Request(AdmissionQuestion question)
    {
        var (http, type) = (question.Request, question.Request.Type);
        var request = new JsonObject
        {
            ["uid"] = Guid.NewGuid().ToString(),
            ["kind"] = Kind(type),
            ["resource"] = Resource(type),
            ["requestKind"] = Kind(type),
            ["requestResource"] = Resource(type),
            ["name"] = question.Name,
            ["operation"] = question.Operation.ToString().ToUpperInvariant(),
            ["userInfo"] = User.Of(http.Http).Info.DeepClone(),
            ["object"] = question.Object?.Clone(),
            ["oldObject"] = question.OldObject?.Clone(),
            ["dryRun"] = http.IsDryRun,
            ["options"] = new JsonObject { ["kind"] = $"{question.Operation}Options", ["apiVersion"] = "meta.k8s.io/v1" },
        };
        if (type.Namespaced) request["namespace"] = http.Namespace;
        else if (type == BuiltInResources.Namespace) request["namespace"] = question.Name;
        if (http.Subresource is { } subresource) (request["subResource"], request["requestSubResource"]) = (subresource, subresource);
        return new() { ["kind"] = "AdmissionReview", ["apiVersion"] = "admission.k8s.io/v1", ["request"] = request };
    }

    /// <summary>A webhook's refusal, worded as apiserver's ToStatusErr words it.</summary>
    public static ApiException Denial(string webhook, JsonObject? status)
    {
        var (message, reason) = (status.Text("message"), status.Text("reason"));
        var code = Math.Max(status?["code"]?.GetValue<int>() ?? 0, StatusCodes.Status400BadRequest);
        var denied = $"admission webhook \"{webhook}\" denied the request";
        var explained = (message ?? reason) is { } why ? $"{denied}: {why}" : $"{denied} without explanation";
        return new(code, reason ?? "", explained, status?["details"] as JsonObject);
    }

    private static JsonObject Kind(ResourceType type) => new() { ["group"] = type.Group, ["version"] = type.Version, ["kind"] = type.Kind };

    private static JsonObject Resource(ResourceType type) =>
        new() { ["group"] = type.Group, ["version"] = type.Version, ["resource"] = type.Plural };
}
