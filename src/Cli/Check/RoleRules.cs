using System.Text.Json.Nodes;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Check;

/// <summary>What a role has to allow, rule by rule: more is no fault.</summary>
internal static class RoleRules
{
    public static IEnumerable<string> Missing(MeshView mesh, JsonObject expected)
    {
        var (kind, name) = (expected.Text("kind"), expected.Text("metadata", "name"));
        var ns = kind == "Role" ? mesh.Namespace : null;
        var binding = mesh.Cluster.Find($"{kind}Binding", name, ns);
        if (binding is null || !binding.Objects("subjects").Any(s => s.Text("name") == name && s.Text("namespace") == mesh.Namespace))
            yield return $"no {kind}Binding {name} for ServiceAccount {mesh.Namespace}/{name}";
        if (mesh.Cluster.Find(kind, name, ns) is not { } found)
        {
            yield return $"no {kind} {name}";
            yield break;
        }
        var granted = found.Objects("rules").SelectMany(Grants).ToHashSet();
        foreach (var grant in expected.Objects("rules").SelectMany(Grants).Where(grant => !granted.Contains(grant)))
            yield return $"{kind} {name} doesn't allow to {grant}";
    }

    private static IEnumerable<string> Grants(JsonObject rule) =>
        from verb in Words(rule, "verbs")
        from resource in Words(rule, "resources")
        from api in Words(rule, "apiGroups")
        from name in Words(rule, "resourceNames").DefaultIfEmpty("")
        select $"{verb} {resource}{(api.Length > 0 ? $".{api}" : "")}{(name.Length > 0 ? $" {name}" : "")}";

    private static IEnumerable<string> Words(JsonObject rule, string field) => rule[field] is JsonArray words ? words.Select(word => word.Text()) : [];
}
