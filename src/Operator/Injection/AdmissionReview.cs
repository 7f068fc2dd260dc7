using System.Text.Json;
using System.Text.Json.Serialization;
using k8s.Models;

namespace Mesh.Operator.Injection;

/// <summary>What the API server asks, and what it is answered (admission.k8s.io/v1).</summary>
internal sealed record AdmissionReview
{
    public const string V1 = "admission.k8s.io/v1";
    public const string ReviewKind = "AdmissionReview";

    [JsonPropertyName("apiVersion")]
    public string? ApiVersion { get; init; }

    [JsonPropertyName("kind")]
    public string? Kind { get; init; }

    [JsonPropertyName("request")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AdmissionRequest? Request { get; init; }

    [JsonPropertyName("response")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AdmissionResponse? Response { get; init; }

    public static AdmissionReview Of(AdmissionResponse response) => new() { ApiVersion = V1, Kind = ReviewKind, Response = response };
}

/// <summary>The object that somebody wants to write.</summary>
internal sealed record AdmissionRequest
{
    [JsonPropertyName("uid")]
    public string? Uid { get; init; }

    [JsonPropertyName("kind")]
    public AdmissionKind? Kind { get; init; }

    /// <summary>Empty where the object is cluster-scoped.</summary>
    [JsonPropertyName("namespace")]
    public string Namespace { get; init; } = "";

    /// <summary>Empty for an object that the API server is still to name.</summary>
    [JsonPropertyName("name")]
    public string Name { get; init; } = "";

    /// <summary>The part of the object that is written, such as <c>ephemeralcontainers</c>; empty: the object itself.</summary>
    [JsonPropertyName("subResource")]
    public string Subresource { get; init; } = "";

    [JsonPropertyName("object")]
    public JsonElement Object { get; init; }

    /// <summary>As it is stored; null where it is new.</summary>
    [JsonPropertyName("oldObject")]
    public JsonElement OldObject { get; init; }
}

/// <summary>The object's kind.</summary>
internal sealed record AdmissionKind
{
    [JsonPropertyName("group")]
    public string Group { get; init; } = "";

    [JsonPropertyName("kind")]
    public string Kind { get; init; } = "";
}

/// <summary>Whether the object is admitted, and with which changes.</summary>
internal sealed record AdmissionResponse
{
    [JsonPropertyName("uid")]
    public string? Uid { get; init; }

    [JsonPropertyName("allowed")]
    public required bool Allowed { get; init; }

    [JsonPropertyName("patchType")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PatchType { get; init; }

    /// <summary>The JSON patch; base64 on the wire.</summary>
    [JsonPropertyName("patch")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? Patch { get; init; }

    /// <summary>Shown to whoever writes the object.</summary>
    [JsonPropertyName("warnings")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>For the API server's audit log, which puts the webhook's name before each key.</summary>
    [JsonPropertyName("auditAnnotations")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? AuditAnnotations { get; init; }

    /// <summary>Why it is not admitted.</summary>
    [JsonPropertyName("status")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public V1Status? Status { get; init; }

    public static AdmissionResponse Deny(int code, string reason, string message, V1StatusDetails? details = null) =>
        new() { Allowed = false, Status = new V1Status { Status = "Failure", Code = code, Reason = reason, Message = message, Details = details } };
}
