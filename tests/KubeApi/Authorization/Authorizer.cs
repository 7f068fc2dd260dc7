using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Authorization;

/// <summary>
/// What users may do, by the roles and bindings that are stored (RBAC); it remembers what was of use, and what was refused. Aggregated roles
/// are as they were written.
/// </summary>
internal sealed class Authorizer(Store store)
{
    private const string Group = "rbac.authorization.k8s.io";

    private readonly ConcurrentDictionary<Right, bool> _used = new();
    private readonly ConcurrentQueue<string> _denials = new();

    /// <summary>Rights by which somebody was let do something.</summary>
    public IReadOnlyCollection<Right> Used => [.. _used.Keys];

    /// <summary>What was refused: <c>User "..." cannot patch resource ...</c>.</summary>
    public IReadOnlyCollection<string> Denials => _denials;

    /// <summary>Lets the request pass.</summary>
    /// <exception cref="ApiException">403: nothing allows it.</exception>
    public void Demand(User user, RequestAttributes asked)
    {
        if (Allows(user, asked)) return;
        var denial = $"User \"{user.Name}\" {asked}";
        _denials.Enqueue(asked.Name.Length > 0 ? $"{denial}: {asked.Name}" : denial);
        throw ApiException.Forbidden(asked.Group, asked.Resource, asked.Name, denial);
    }

    public bool Allows(User user, RequestAttributes asked)
    {
        if (user.IsMaster) return true;
        var allowing = RightsOf(user, asked.Namespace).Where(right => right.Allows(asked)).ToList();
        foreach (var right in allowing) _used.TryAdd(right, true);
        return allowing.Count > 0;
    }

    /// <summary>Every right that a user has in a namespace; in every one, where that is null.</summary>
    public IEnumerable<Right> RightsOf(User user, string? space)
    {
        var stored = store.Current;
        var bindings = stored.Of($"{Group}/clusterrolebindings").Values
            .Concat(stored.Of($"{Group}/rolebindings").Values.Where(binding => space is null || binding.Namespace() == space));
        return from binding in bindings
               where binding.Items("subjects").Any(subject => Names(subject, binding, user))
               let role = Role(stored, binding)
               where role is not null
               from right in Right.Of(role)
               select right;
    }

    private static JsonObject? Role(Snapshot stored, JsonObject binding) => binding["roleRef"].Text("name") is not { } name ? null
        : binding["roleRef"].Text("kind") is "Role" ? stored.Find(new($"{Group}/roles", binding.Namespace(), name))
        : stored.Find(new($"{Group}/clusterroles", "", name));

    private static bool Names(JsonObject subject, JsonObject binding, User user) => (subject.Text("kind"), subject.Text("name")) switch
    {
        ("User", { } name) => name == user.Name,
        ("Group", { } name) => user.Groups.Contains(name),
        ("ServiceAccount", { } name) => $"system:serviceaccount:{subject.Text("namespace") ?? binding.Namespace()}:{name}" == user.Name,
        _ => false,
    };
}
