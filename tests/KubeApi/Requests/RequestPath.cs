using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Requests;

/// <summary>
/// Finds the resource that a path names: <c>/apis/{group}/{version}/namespaces/{namespace}/{plural}/{name}/{subresource}</c>
/// and its shorter forms.
/// </summary>
internal static class RequestPath
{
    public static ResourceRequest? Resolve(HttpContext http, ResourceRegistry registry)
    {
        var segments = http.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return segments switch
        {
            ["api", var version, .. var rest] => Resolve(http, registry, "", version, rest),
            ["apis", var group, var version, .. var rest] => Resolve(http, registry, group, version, rest),
            _ => null,
        };
    }

    private static ResourceRequest? Resolve(HttpContext http, ResourceRegistry registry, string group, string version, string[] rest)
    {
        var space = "";
        // "namespaces/x" and "namespaces/x/status" are a namespace itself; anything longer or other lies in it.
        if (rest is ["namespaces", var name, not ("status" or "finalize"), ..]) (space, rest) = (name, rest[2..]);
        if (rest is [] or { Length: > 3 } || registry.Find(group, version, rest[0]) is not { } type) return null;
        if (space.Length > 0 && !type.Namespaced) return null;
        return new(http, type, space, rest.ElementAtOrDefault(1), rest.ElementAtOrDefault(2));
    }
}
