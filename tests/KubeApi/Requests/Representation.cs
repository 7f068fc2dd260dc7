using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Tables;

namespace Mesh.KubeApi.Requests;

/// <summary>How a client wants objects shown, by its Accept header: whole, as a Table, or their metadata only.</summary>
internal sealed class Representation
{
    private readonly ResourceType _type;
    private readonly string _shape;
    private readonly string _include;
    private readonly TimeProvider _time;

    public Representation(ResourceRequest request, TimeProvider time)
    {
        (_type, _time) = (request.Type, time);
        _include = request.Query("includeObject") ?? "Metadata";
        var accepted = request.Http.Request.Headers.Accept.ToString().Split(',')[0];
        _shape = accepted.Split(';').FirstOrDefault(part => part.StartsWith("as=", StringComparison.Ordinal))?[3..] ?? "";
    }

    public JsonObject Single(JsonObject stored)
    {
        var value = Present(stored);
        return _shape switch
        {
            "Table" => Table([value], ListMetadata(value.ResourceVersion())),
            "PartialObjectMetadata" => TableWriter.MetadataOnly(value),
            _ => value,
        };
    }

    public JsonObject List(IEnumerable<JsonObject> stored, JsonObject metadata)
    {
        var values = stored.Select(Present);
        return _shape switch
        {
            "Table" => Table(values, metadata),
            "PartialObjectMetadataList" => List("meta.k8s.io/v1", "PartialObjectMetadataList", values.Select(TableWriter.MetadataOnly), metadata),
            _ => List(_type.GroupVersion, $"{_type.Kind}List", values, metadata),
        };
    }

    /// <summary>What a bookmark carries: no object, only a version, and whether the initial events end with it.</summary>
    public JsonObject Bookmark(string version, bool endsInitial)
    {
        if (_shape is "Table") return Table([], ListMetadata(version));
        var metadata = new JsonObject { ["resourceVersion"] = version };
        if (endsInitial) metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        return new() { ["kind"] = _type.Kind, ["apiVersion"] = _type.GroupVersion, ["metadata"] = metadata };
    }

    public static JsonObject ListMetadata(string? version) => new() { ["resourceVersion"] = version };

    private JsonObject Table(IEnumerable<JsonObject> values, JsonObject metadata) =>
        TableWriter.Write(_type, values, metadata, _include, _time.GetUtcNow());

    private static JsonObject List(string apiVersion, string kind, IEnumerable<JsonObject> values, JsonObject metadata) => new()
    {
        ["kind"] = kind,
        ["apiVersion"] = apiVersion,
        ["metadata"] = metadata,
        ["items"] = new JsonArray([.. values]),
    };

    /// <summary>The stored object in the version that was asked for.</summary>
    private JsonObject Present(JsonObject stored)
    {
        var value = stored.Clone();
        _type.Rules.FromStorage(value);
        value["apiVersion"] = _type.GroupVersion;
        value["kind"] = _type.Kind;
        return value;
    }
}
