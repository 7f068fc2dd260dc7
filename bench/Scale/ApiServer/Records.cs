using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace Mesh.Scale.ApiServer;

/// <summary>Objects by their path, for what is not watched: leases, Secrets, events.</summary>
internal sealed class Records(Func<long> nextVersion)
{
    private readonly ConcurrentDictionary<string, JsonObject> _objects = new(StringComparer.Ordinal);

    public static string Refusal(HttpStatusCode status) =>
        $$$"""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{{{status}}}","reason":"{{{status}}}","code":{{{(int)status}}}}""";

    public (HttpStatusCode Status, string Answer) Answer(string method, string path, JsonObject? body) => (method, body) switch
    {
        ("GET", _) => _objects.TryGetValue(path, out var found) ? (HttpStatusCode.OK, found.ToJsonString()) : (HttpStatusCode.NotFound, Refusal(HttpStatusCode.NotFound)),
        ("POST", { } created) => (HttpStatusCode.Created, Keep($"{path}/{created["metadata"]?["name"]}", created)),
        ("PUT", { } replaced) => (HttpStatusCode.OK, Keep(path, replaced)),
        _ => (HttpStatusCode.NotFound, Refusal(HttpStatusCode.NotFound)),
    };

    private string Keep(string path, JsonObject item)
    {
        item["metadata"]!["resourceVersion"] = nextVersion().ToString(CultureInfo.InvariantCulture);
        _objects[path] = item;
        return item.ToJsonString();
    }
}
