namespace Mesh.KubeApi.Authorization;

/// <summary>What a request asks for, in the words of roles.</summary>
internal sealed record RequestAttributes(string Verb)
{
    /// <summary>The whole path, where no resource is asked for.</summary>
    public string? Path { get; init; }

    public string Group { get; init; } = "";

    /// <summary>With its subresource: <c>trafficpolicies/status</c>.</summary>
    public string Resource { get; init; } = "";

    public string Namespace { get; init; } = "";

    /// <summary>Empty where the request names no object: collections, and creation by POST.</summary>
    public string Name { get; init; } = "";

    public static RequestAttributes Of(HttpRequest request) => request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["api", _, .. { Length: > 0 } rest] => Of(request, "", rest),
        ["apis", var group, _, .. { Length: > 0 } rest] => Of(request, group, rest),
        _ => new(request.Method.ToLowerInvariant()) { Path = request.Path.Value },
    };

    /// <summary>As an API server says it: <c>cannot patch resource "namespaces" in API group "" at the cluster scope</c>.</summary>
    public override string ToString() => Path is not null
        ? $"cannot {Verb} path \"{Path}\""
        : $"cannot {Verb} resource \"{Resource}\" in API group \"{Group}\" " + (Namespace.Length > 0 ? $"in the namespace \"{Namespace}\"" : "at the cluster scope");

    private static RequestAttributes Of(HttpRequest request, string group, string[] rest)
    {
        var space = "";
        // "namespaces/x" and "namespaces/x/status" are a namespace itself, and count as within it; anything longer or other lies in it.
        if (rest is ["namespaces", var name, ..]) (space, rest) = (name, rest is [_, _] or [_, _, "status" or "finalize"] ? rest : rest[2..]);
        var named = rest.ElementAtOrDefault(1);
        return new(VerbOf(request, named))
        {
            Group = group,
            Resource = rest.Length > 2 ? $"{rest[0]}/{rest[2]}" : rest[0],
            Namespace = space,
            Name = named ?? NameSelected(request) ?? "",
        };
    }

    private static string VerbOf(HttpRequest request, string? name) => request.Method switch
    {
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => name is null ? "deletecollection" : "delete",
        _ when request.Query["watch"] is ["true" or "1"] => "watch",
        _ => name is null ? "list" : "get",
    };

    // Who lists or watches a single name by a field selector may, where that name is allowed.
    private static string? NameSelected(HttpRequest request) =>
        request.Method is "GET" && request.Query["fieldSelector"] is [{ } selector]
            ? selector.Split(',').FirstOrDefault(part => part.StartsWith("metadata.name=", StringComparison.Ordinal))?["metadata.name=".Length..].TrimStart('=')
            : null;
}
