using System.Text.Json.Nodes;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Ownership;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Schemas;

namespace Mesh.KubeApi.Patching;

/// <summary>
/// Server-side apply: the applied fields are merged into the object; those that the applier owned alone and leaves out now are
/// removed; a field of another manager that would change is a conflict, unless the applier forces it.
/// </summary>
internal sealed class ServerSideApply(ResourceType type, Manager manager, bool isForced, TimeProvider time)
{
    /// <exception cref="ApiException">Another manager owns a field that would change.</exception>
    public JsonObject Apply(JsonObject before, JsonObject applied)
    {
        if (applied["metadata"]?["managedFields"] is JsonArray { Count: > 0 })
        {
            throw ApiException.BadRequest("metadata.managedFields must be nil");
        }

        var owners = ManagedFields.Of(before);
        var fields = FieldSet.Of(type.Schema, applied);
        var conflicts = Conflicts(owners, fields, before, applied);
        if (conflicts.Count > 0 && !isForced) throw Refusal(conflicts);

        var kept = owners.Others(manager).SelectMany(other => other.Fields.Paths).ToList();
        var abandoned = owners.FieldsOf(manager).Except(fields).Where(path => !kept.Exists(owned => owned.IsWithin(path)));
        foreach (var conflict in conflicts) owners.Release(fields.Where(path => path == conflict.Path));
        owners.Claim(manager, fields, type.GroupVersion, time.GetUtcNow());

        var merged = (JsonObject)Merge(type.Schema, before.Clone(), applied)!;
        foreach (var path in abandoned.Paths.OrderByDescending(path => path.Text.Length)) path.RemoveFrom(merged);
        owners.WriteTo(merged);
        return merged;
    }

    private List<(FieldPath Path, Manager Owner, string ApiVersion)> Conflicts(
        ManagedFields owners, FieldSet fields, JsonObject before, JsonObject applied) =>
        [.. from other in owners.Others(manager)
            from path in other.Fields.Paths
            where fields.Contains(path) && path.Elements.Last()[0] == 'f' && !JsonNode.DeepEquals(path.Find(before), path.Find(applied))
            select (path, other.Manager, other.ApiVersion)];

    private static ApiException Refusal(List<(FieldPath Path, Manager Owner, string ApiVersion)> conflicts)
    {
        var causes = conflicts.ConvertAll(conflict => new StatusCause(
            "FieldManagerConflict",
            $"conflict with \"{conflict.Owner.Name}\" using {conflict.ApiVersion}",
            conflict.Path.ToString()));
        return ApiException.ApplyConflict(causes);
    }

    private static JsonNode? Merge(ObjectSchema? schema, JsonNode? target, JsonNode? applied)
    {
        switch (target, applied)
        {
            case (JsonObject map, JsonObject members) when schema?.IsAtomicMap is not true:
                foreach (var (name, member) in members)
                {
                    var merged = Merge(schema?.Field(name), map[name], member);
                    if (!ReferenceEquals(merged, map[name])) map[name] = merged;
                }

                return map;
            case (JsonArray present, JsonArray items) when schema?.ListMapKeys is { Count: > 0 } keys:
                foreach (var item in items.OfType<JsonObject>()) MergeItem(schema, present, item, keys);
                return present;
            case (JsonArray present, JsonArray items) when schema?.IsSet is true:
                foreach (var item in items.Where(item => !present.Any(other => JsonNode.DeepEquals(other, item))))
                {
                    present.Add(item?.DeepClone());
                }

                return present;
            default:
                return applied?.DeepClone();
        }
    }

    private static void MergeItem(ObjectSchema schema, JsonArray present, JsonObject item, IReadOnlyList<string> keys)
    {
        var key = FieldPath.Key(item, keys);
        if (present.OfType<JsonObject>().FirstOrDefault(other => FieldPath.Key(other, keys) == key) is { } match)
        {
            Merge(schema.Items, match, item);
        }
        else present.Add(item.DeepClone());
    }
}
