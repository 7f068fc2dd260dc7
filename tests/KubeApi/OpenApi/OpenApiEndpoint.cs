using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.OpenApi;

/// <summary>
/// OpenAPI v3, a document for each group version: what <c>kubectl explain</c> shows, and what tells kubectl that the server
/// validates fields itself. kubectl computes strategic merge patches from the types compiled into it where, as here, PATCH names
/// no content types.
/// </summary>
internal sealed class OpenApiEndpoint(ResourceRegistry registry)
{
    private const string Root = "openapi/v3";

    private static readonly string[] WriteParameters = ["dryRun", "fieldManager", "fieldValidation"];

    /// <returns>The document at a path; null where there is none.</returns>
    public JsonObject? Find(string path) => path.Trim('/').Split('/') switch
    {
        ["openapi", "v3"] => Index(),
        ["openapi", "v3", "api", var version] => Document("", version),
        ["openapi", "v3", "apis", var group, var version] => Document(group, version),
        _ => null,
    };

    private JsonObject Index()
    {
        var paths = new JsonObject();
        foreach (var prefix in registry.Served.Select(Prefix).Distinct())
        {
            paths[prefix] = new JsonObject { ["serverRelativeURL"] = $"/{Root}/{prefix}" };
        }

        return new() { ["paths"] = paths };
    }

    private JsonObject? Document(string group, string version)
    {
        var types = registry.Served.Where(type => type.Group == group && type.Version == version).ToList();
        if (types.Count == 0) return null;
        var (paths, schemas) = (new JsonObject(), new JsonObject());
        foreach (var type in types)
        {
            var collection = type.Namespaced ? $"/{Prefix(type)}/namespaces/{{namespace}}/{type.Plural}" : $"/{Prefix(type)}/{type.Plural}";
            paths[collection] = new JsonObject { ["get"] = Operation(type, "list"), ["post"] = Operation(type, "post", WriteParameters) };
            paths[$"{collection}/{{name}}"] = new JsonObject
            {
                ["get"] = Operation(type, "get"),
                ["put"] = Operation(type, "put", WriteParameters),
                ["patch"] = Operation(type, "patch", [.. WriteParameters, "force"]),
            };
            schemas[$"{Reversed(type.Group)}.{type.Version}.{type.Kind}"] = Schema(type);
        }

        return new()
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "v1.32.4" },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas },
        };
    }

    private static JsonObject Operation(ResourceType type, string action, params string[] parameters) => new()
    {
        ["x-kubernetes-action"] = action,
        ["x-kubernetes-group-version-kind"] = GroupVersionKind(type),
        ["parameters"] = new JsonArray([.. parameters.Select(Parameter)]),
        ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK" } },
    };

    private static JsonObject Parameter(string name) =>
        new() { ["name"] = name, ["in"] = "query", ["schema"] = new JsonObject { ["type"] = "string" } };

    private static JsonObject Schema(ResourceType type)
    {
        var schema = type.Schema.Json.Clone();
        schema["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(type));
        return schema;
    }

    private static JsonObject GroupVersionKind(ResourceType type) =>
        new() { ["group"] = type.Group, ["version"] = type.Version, ["kind"] = type.Kind };

    private static string Prefix(ResourceType type) => type.Group.Length == 0 ? $"api/{type.Version}" : $"apis/{type.GroupVersion}";

    private static string Reversed(string group) => group.Length == 0 ? "core" : string.Join('.', group.Split('.').Reverse());
}
