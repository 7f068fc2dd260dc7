using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Requests;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Reading;

/// <summary>GET of one object and of lists: selected, paged, as of the version asked for.</summary>
internal sealed class ObjectReader(Store store, TimeProvider time)
{
    public JsonObject Get(ResourceRequest request)
    {
        var found = store.Current.Find(request.Key(request.Name!)) ?? throw ApiException.NotFound(request.Type, request.Name!);
        return new Representation(request, time).Single(found);
    }

    public JsonObject List(ResourceRequest request)
    {
        var (snapshot, after) = Start(request);
        var found = Selection.Of(request).In(snapshot).Where(entry => after is null || entry.Key.CompareTo(after) > 0).ToList();
        var metadata = Representation.ListMetadata(snapshot.Version.ToString(CultureInfo.InvariantCulture));
        if (request.Number("limit") is > 0 and var limit && found.Count > limit)
        {
            metadata["continue"] = Continuation(snapshot.Version, found[(int)limit - 1].Key);
            metadata["remainingItemCount"] = found.Count - limit;
            found.RemoveRange((int)limit, found.Count - (int)limit);
        }

        return new Representation(request, time).List(found.Select(entry => entry.Value), metadata);
    }

    /// <summary>The snapshot to list, and the key to go on after. See "Semantics for get and list" in Kubernetes' API concepts.</summary>
    private (Snapshot Snapshot, ObjectKey? After) Start(ResourceRequest request)
    {
        if (request.Query("continue") is { } token) return Continue(request, token);
        var (version, match) = (request.Number("resourceVersion"), request.Query("resourceVersionMatch"));
        if (match is not (null or "Exact" or "NotOlderThan"))
        {
            throw ApiException.BadRequest($"resourceVersionMatch: found \"{match}\", expected Exact or NotOlderThan");
        }

        if (match is not null && version is null)
        {
            throw ApiException.BadRequest("resourceVersionMatch is forbidden unless resourceVersion is provided");
        }

        if (version > store.Current.Version)
        {
            throw new ApiException(504, "Timeout", $"Too large resource version: {version}, current: {store.Current.Version}", TooLarge());
        }

        var isExact = match is "Exact" || (match is null && version > 0 && request.Number("limit") > 0);
        return (isExact ? store.At(version!.Value) ?? throw TooOld(version.Value) : store.Current, null);
    }

    private (Snapshot, ObjectKey) Continue(ResourceRequest request, string token)
    {
        var parts = Decode(token).Split('\n');
        if (parts is not [var text, var space, var name] || !long.TryParse(text, CultureInfo.InvariantCulture, out var version))
        {
            throw ApiException.BadRequest("continue key is not valid");
        }

        var snapshot = store.At(version) ?? throw ApiException.Gone(
            "The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.");
        return (snapshot, new(request.Type.StorageName, space, name));
    }

    private static string Continuation(long version, ObjectKey last) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{version}\n{last.Namespace}\n{last.Name}")));

    private static string Decode(string token)
    {
        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : "";
    }

    private ApiException TooOld(long version) => ApiException.Gone($"too old resource version: {version} ({store.Current.Version})");

    private static JsonObject TooLarge() => new()
    {
        ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }),
        ["retryAfterSeconds"] = 1,
    };
}
