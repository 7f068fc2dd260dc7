using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Storage;
using Mesh.KubeApi.Writing;

namespace Mesh.KubeApi.Serving;

/// <summary>What is there before the first request.</summary>
internal static class InitialObjects
{
    // What every authenticated user may do in a cluster as it comes.
    private static readonly (string Role, string Rules)[] OfEverybody =
    [
        ("system:basic-user", """
            [{"apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews"], "verbs": ["create"]}]
            """),
        ("system:discovery", """
            [{"nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"], "verbs": ["get"]}]
            """),
    ];

    public static void AddNamespace(Store store, string name, DateTimeOffset now)
    {
        var type = BuiltInResources.Namespace;
        var value = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = name } };
        type.Rules.Default(value);
        type.Rules.PrepareForCreate(value, store.Current);
        Add(store, type, value, now);
    }

    public static void AddRoles(Store store, DateTimeOffset now)
    {
        foreach (var (name, rules) in OfEverybody)
        {
            Add(store, BuiltInResources.ClusterRole, Rbac("ClusterRole", name, "rules", JsonNode.Parse(rules)!), now);
            var binding = Rbac("ClusterRoleBinding", name, "subjects", new JsonArray(Reference("Group", "system:authenticated")));
            binding["roleRef"] = Reference("ClusterRole", name);
            Add(store, BuiltInResources.ClusterRoleBinding, binding, now);
        }
    }

    private static void Add(Store store, ResourceType type, JsonObject value, DateTimeOffset now)
    {
        ObjectMetaRules.Create(type, value, now);
        store.TryPut(new(type.StorageName, "", value.Name()), null, value);
    }

    private static JsonObject Rbac(string kind, string name, string member, JsonNode value) => new()
    {
        ["apiVersion"] = "rbac.authorization.k8s.io/v1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name },
        [member] = value,
    };

    private static JsonObject Reference(string kind, string name) =>
        new() { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = kind, ["name"] = name };
}
