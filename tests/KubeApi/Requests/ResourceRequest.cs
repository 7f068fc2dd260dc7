using System.Globalization;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Selectors;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Requests;

/// <summary>A request for a resource: what its path and its query say.</summary>
internal sealed record ResourceRequest(HttpContext Http, ResourceType Type, string Namespace, string? Name, string? Subresource)
{
    /// <summary>Sent back as Warning headers.</summary>
    public List<string> Warnings { get; } = [];

    public CancellationToken Cancelled => Http.RequestAborted;

    public bool IsDryRun => Http.Request.Query["dryRun"].Count switch
    {
        0 => false,
        _ when Query("dryRun") is "All" => true,
        _ => throw ApiException.BadRequest($"dryRun: found \"{Query("dryRun")}\", expected \"All\""),
    };

    public bool IsWatch => Flag("watch");

    public string FieldValidation => Query("fieldValidation") ?? "Warn";

    /// <summary>Who is said to own the fields that this request sets.</summary>
    public string FieldManager => Query("fieldManager") ?? Http.Request.Headers.UserAgent.ToString().Split('/')[0];

    public LabelSelector LabelSelector => LabelSelector.Parse(Query("labelSelector"));

    public FieldSelector FieldSelector => FieldSelector.Parse(Query("fieldSelector"), Type);

    public string? Query(string name) => Http.Request.Query[name] is [{ Length: > 0 } value] ? value : null;

    public bool Flag(string name) => Query(name) is "true" or "1";

    public long? Number(string name) => Query(name) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw ApiException.BadRequest($"{name}: found \"{text}\", expected a number");

    public ObjectKey Key(string name) => new(Type.StorageName, Type.Namespaced ? Namespace : "", name);
}
