using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Errors;

/// <summary>
/// A refusal, as the Status object that clients expect. Reasons and wording follow apimachinery's api/errors, which kubectl and
/// others match on.
/// </summary>
internal sealed class ApiException(int code, string reason, string message, JsonObject? details = null) : Exception(message)
{
    public int Code => code;

    public JsonObject ToStatus()
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
            ["reason"] = reason,
        };
        if (details is not null) status["details"] = details.DeepClone();
        status["code"] = code;
        return status;
    }

    public static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiException Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiException NoSuchPath() => new(404, "NotFound", "the server could not find the requested resource", []);

    public static ApiException NotFound(ResourceType type, string name) =>
        new(404, "NotFound", $"{type.QualifiedPlural} \"{name}\" not found", Details(type.Group, type.Plural, name));

    public static ApiException MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", []);

    public static ApiException AlreadyExists(ResourceType type, string name) =>
        new(409, "AlreadyExists", $"{type.QualifiedPlural} \"{name}\" already exists", Details(type.Group, type.Plural, name));

    public static ApiException Conflict(ResourceType type, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {type.QualifiedPlural} \"{name}\": {why}", Details(type.Group, type.Plural, name));

    public static ApiException Modified(ResourceType type, string name) =>
        Conflict(type, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiException Gone(string message) => new(410, "Expired", message);

    public static ApiException UnsupportedMediaType(string? found, params string[] expected) =>
        new(
            415,
            "UnsupportedMediaType",
            $"the body of the request was in an unknown format ({found}) - accepted media types include: {string.Join(", ", expected)}",
            []);

    public static ApiException Forbidden(ResourceType type, string name, string why) =>
        new(403, "Forbidden", $"{type.QualifiedPlural} \"{name}\" is forbidden: {why}", Details(type.Group, type.Plural, name));

    /// <summary>Nothing allows it: refused before anybody looked whether there is such a thing.</summary>
    public static ApiException Forbidden(string group, string resource, string name, string why)
    {
        var qualified = group.Length > 0 ? $"{resource}.{group}" : resource;
        var subject = resource.Length == 0 ? "" : name.Length > 0 ? $"{qualified} \"{name}\" is " : $"{qualified} is ";
        return new(403, "Forbidden", $"{subject}forbidden: {why}", Details(group, resource, name));
    }

    public static ApiException InternalError(string message) =>
        new(500, "InternalError", $"Internal error occurred: {message}", Details("", "", "", [new("", message, "")]));

    public static ApiException Invalid(ResourceType type, string name, IReadOnlyList<StatusCause> causes)
    {
        var listed = causes.Select(cause => cause.Field.Length > 0 ? $"{cause.Field}: {cause.Message}" : cause.Message).Distinct().ToList();
        var summary = listed.Count == 1 ? listed[0] : $"[{string.Join(", ", listed)}]";
        return new(422, "Invalid", $"{type.QualifiedKind} \"{name}\" is invalid: {summary}", Details(type.Group, type.Kind, name, causes));
    }

    public static ApiException ApplyConflict(IReadOnlyList<StatusCause> causes)
    {
        var count = causes.Count == 1 ? "1 conflict" : $"{causes.Count} conflicts";
        var listed = string.Join(", ", causes.Select(cause => $"{cause.Message}: {cause.Field}"));
        return new(409, "Conflict", $"Apply failed with {count}: {listed}", Details("", "", "", causes));
    }

    private static JsonObject Details(string group, string kind, string name, IReadOnlyList<StatusCause>? causes = null)
    {
        var details = new JsonObject();
        if (name.Length > 0) details["name"] = name;
        if (group.Length > 0) details["group"] = group;
        if (kind.Length > 0) details["kind"] = kind;
        if (causes is { Count: > 0 }) details["causes"] = new JsonArray([.. causes.Select(ToJson)]);
        return details;
    }

    private static JsonObject ToJson(StatusCause cause)
    {
        var json = new JsonObject();
        if (cause.Reason.Length > 0) json["reason"] = cause.Reason;
        json["message"] = cause.Message;
        if (cause.Field.Length > 0) json["field"] = cause.Field;
        return json;
    }
}
