using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Ownership;

/// <summary>Who set which fields: metadata.managedFields, an entry for each manager.</summary>
internal sealed class ManagedFields
{
    private readonly List<Entry> _entries;

    private ManagedFields(IEnumerable<Entry> entries) => _entries = [.. entries];

    public static ManagedFields Of(JsonObject value) =>
        new(value["metadata"].Items("managedFields").Where(entry => entry.Text("manager") is not null).Select(Read));

    /// <summary>After an update: what it changed is its manager's, and nobody else's any more. An apply has said so itself.</summary>
    public static void Record(ResourceType type, JsonObject value, JsonObject before, Manager manager, DateTimeOffset now)
    {
        if (manager.Operation is "Apply") return;
        // A client may edit the entries, as kubectl does to go over to server-side apply; one that leaves them out keeps them.
        var written = value["metadata"]?["managedFields"] is null ? Of(before) : Of(value);
        var (old, fresh) = (FieldSet.Of(type.Schema, before), FieldSet.Of(type.Schema, value));
        var changed = fresh.Where(path => !JsonNode.DeepEquals(path.Find(value), path.Find(before)) && (!old.Contains(path) || !IsItem(path)));
        var removed = old.Except(fresh);
        if (!changed.IsEmpty || !removed.IsEmpty)
        {
            written.Release(changed.Union(removed));
            written.Claim(manager, written.FieldsOf(manager).Union(changed), type.GroupVersion, now);
        }

        written.WriteTo(value);
    }

    /// <summary>Whether two objects are the same to everyone who asks.</summary>
    public static bool EqualButForTheirTimes(JsonObject one, JsonObject other) =>
        JsonNode.DeepEquals(WithoutTimes(one), WithoutTimes(other));

    public FieldSet FieldsOf(Manager manager) => _entries.Find(entry => entry.Manager == manager)?.Fields ?? FieldSet.FromJson(null);

    public IEnumerable<(Manager Manager, string ApiVersion, FieldSet Fields)> Others(Manager manager) =>
        _entries.Where(entry => entry.Manager != manager).Select(entry => (entry.Manager, entry.ApiVersion, entry.Fields));

    /// <summary>Nobody owns these fields any more.</summary>
    public void Release(FieldSet fields)
    {
        for (var i = 0; i < _entries.Count; i++) _entries[i] = _entries[i] with { Fields = _entries[i].Fields.Except(fields) };
    }

    /// <summary>A manager owns exactly these fields.</summary>
    public void Claim(Manager manager, FieldSet fields, string apiVersion, DateTimeOffset now)
    {
        var index = _entries.FindIndex(entry => entry.Manager == manager);
        var claimed = new Entry(manager, apiVersion, KubeObject.Timestamp(now), fields);
        if (index < 0) _entries.Add(claimed);
        else _entries[index] = claimed;
    }

    public void WriteTo(JsonObject value)
    {
        var entries = _entries.Where(entry => !entry.Fields.IsEmpty).Select(Write).ToArray();
        if (entries.Length > 0) value.Metadata()["managedFields"] = new JsonArray(entries);
        else value.Metadata().Remove("managedFields");
    }

    /// <summary>List items are compared field by field.</summary>
    private static bool IsItem(FieldPath path) => path.Elements.Last()[0] == 'k';

    private static Entry Read(JsonObject entry) => new(
        new(entry.Text("manager")!, entry.Text("operation") ?? "", entry.Text("subresource") ?? ""),
        entry.Text("apiVersion") ?? "",
        entry.Text("time") ?? "",
        FieldSet.FromJson(entry["fieldsV1"]));

    private static JsonObject Write(Entry entry)
    {
        var json = new JsonObject
        {
            ["manager"] = entry.Manager.Name,
            ["operation"] = entry.Manager.Operation,
            ["apiVersion"] = entry.ApiVersion,
            ["time"] = entry.Time,
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = entry.Fields.ToJson(),
        };
        if (entry.Manager.Subresource.Length > 0) json["subresource"] = entry.Manager.Subresource;
        return json;
    }

    private static JsonObject WithoutTimes(JsonObject value)
    {
        var rest = value.Clone();
        foreach (var entry in rest["metadata"].Items("managedFields")) entry.Remove("time");
        rest.Metadata().Remove("resourceVersion");
        return rest;
    }

    private sealed record Entry(Manager Manager, string ApiVersion, string Time, FieldSet Fields);
}
