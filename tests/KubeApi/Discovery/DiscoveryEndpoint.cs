using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Discovery;

/// <summary>
/// What is served, as clients find out: groups, their versions, their resources. Only the form from before aggregated
/// discovery, which all clients fall back to.
/// </summary>
internal sealed class DiscoveryEndpoint(ResourceRegistry registry)
{
    /// <returns>The document at a path; null where there is none.</returns>
    public JsonObject? Find(string path) => path.Trim('/').Split('/') switch
    {
        ["api"] => new() { ["kind"] = "APIVersions", ["apiVersion"] = "v1", ["versions"] = new JsonArray("v1") },
        ["apis"] => new() { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray([.. Groups().Select(Group)]) },
        ["apis", var group] => Groups().FirstOrDefault(types => types.Key == group) is { } types ? Standalone(Group(types)) : null,
        ["api", var version] => ResourceList("", version),
        ["apis", var group, var version] => ResourceList(group, version),
        ["version"] => Version(),
        _ => null,
    };

    private IEnumerable<IGrouping<string, ResourceType>> Groups() =>
        registry.Served.Where(type => type.Group.Length > 0).GroupBy(type => type.Group);

    private static JsonObject Group(IGrouping<string, ResourceType> types)
    {
        var versions = types.Select(type => type.Version).Distinct()
            .Select(version => new JsonObject { ["groupVersion"] = $"{types.Key}/{version}", ["version"] = version })
            .ToList();
        return new() { ["name"] = types.Key, ["versions"] = new JsonArray([.. versions]), ["preferredVersion"] = versions[0].DeepClone() };
    }

    private static JsonObject Standalone(JsonObject group)
    {
        group["kind"] = "APIGroup";
        group["apiVersion"] = "v1";
        return group;
    }

    private JsonObject? ResourceList(string group, string version)
    {
        var types = registry.Served.Where(type => type.Group == group && type.Version == version).ToList();
        if (types.Count == 0) return null;
        return new()
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = types[0].GroupVersion,
            ["resources"] = new JsonArray([.. types.SelectMany(Resources)]),
        };
    }

    private static IEnumerable<JsonObject> Resources(ResourceType type)
    {
        var resource = Resource(type, type.Plural, "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");
        resource["singularName"] = type.Singular;
        if (type.ShortNames.Count > 0) resource["shortNames"] = Texts(type.ShortNames);
        if (type.Categories.Count > 0) resource["categories"] = Texts(type.Categories);
        yield return resource;
        if (type.HasStatus) yield return Resource(type, $"{type.Plural}/status", "get", "patch", "update");
    }

    private static JsonObject Resource(ResourceType type, string name, params string[] verbs) => new()
    {
        ["name"] = name,
        ["singularName"] = "",
        ["namespaced"] = type.Namespaced,
        ["kind"] = type.Kind,
        ["verbs"] = Texts(verbs),
    };

    private static JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "32",
        ["gitVersion"] = "v1.32.4",
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = "",
        ["compiler"] = "",
        ["platform"] = "linux/amd64",
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
