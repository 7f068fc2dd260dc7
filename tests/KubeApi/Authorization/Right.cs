using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Authorization;

/// <summary>The smallest thing that a role allows: one verb, on one resource or path, and where the role says so of one name.</summary>
/// <param name="Role">Whose it is: <c>ClusterRole mesh-operator</c>, <c>Role mesh-system/mesh-operator</c>.</param>
/// <param name="Verb">Or <c>*</c>.</param>
/// <param name="Group">The API group, or <c>*</c>; empty for the core's and for paths.</param>
/// <param name="Resource">With its subresource, or <c>*</c>; of a path, the path, which may end in <c>*</c>.</param>
/// <param name="Name">Null: any.</param>
public sealed record Right(string Role, string Verb, string Group, string Resource, string? Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Role}: {Verb} {Resource}{(Group.Length > 0 ? $".{Group}" : "")} {Name}".TrimEnd();

    internal bool Allows(RequestAttributes asked) => Is(Verb, asked.Verb) && (asked.Path is not null ? AllowsPath(asked.Path) : AllowsResource(asked));

    /// <summary>Every right that a role gives.</summary>
    internal static IEnumerable<Right> Of(JsonObject role)
    {
        var name = role.Namespace().Length > 0 ? $"Role {role.Namespace()}/{role.Name()}" : $"ClusterRole {role.Name()}";
        foreach (var rule in role.Items("rules"))
        {
            var names = Words(rule, "resourceNames") is { Count: > 0 } listed ? listed : [null];
            foreach (var verb in Words(rule, "verbs"))
            {
                foreach (var path in Words(rule, "nonResourceURLs")) yield return new(name, verb!, "", path!, null);
                foreach (var group in Words(rule, "apiGroups"))
                    foreach (var resource in Words(rule, "resources"))
                        foreach (var one in names) yield return new(name, verb!, group!, resource!, one);
            }
        }
    }

    private bool AllowsPath(string path) =>
        Resource.StartsWith('/') && (Resource.EndsWith('*') ? path.StartsWith(Resource[..^1], StringComparison.Ordinal) : path == Resource) || Resource is "*" && Group.Length == 0;

    private bool AllowsResource(RequestAttributes asked) =>
        !Resource.StartsWith('/') && Is(Group, asked.Group) && (Name is null || Name == asked.Name)
        && (Is(Resource, asked.Resource) || Resource.StartsWith("*/", StringComparison.Ordinal) && asked.Resource.EndsWith(Resource[1..], StringComparison.Ordinal));

    private static bool Is(string allowed, string asked) => allowed is "*" || allowed == asked;

    private static List<string?> Words(JsonObject rule, string field) => rule[field].Deserialize<List<string?>>() ?? [];
}
