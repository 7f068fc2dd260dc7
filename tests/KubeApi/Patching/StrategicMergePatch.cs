using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Schemas;

namespace Mesh.KubeApi.Patching;

/// <summary>
/// Strategic merge patch: like a merge patch, but lists whose items have a key are merged item by item. Directives:
/// <c>$patch: delete|replace|merge</c>, <c>$deleteFromPrimitiveList/x</c>, <c>$setElementOrder/x</c>, <c>$retainKeys</c>
/// (design-proposals-archive: strategic-merge-patch.md).
/// </summary>
internal static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string DeleteFromList = "$deleteFromPrimitiveList/";
    private const string ElementOrder = "$setElementOrder/";

    public static JsonObject Apply(ObjectSchema? schema, JsonObject target, JsonObject patch)
    {
        if (patch.Text(Directive) is "replace") return WithoutDirectives(patch);
        if (patch.Text(Directive) is "delete") return [];
        if (patch[RetainKeys] is JsonArray retained) Retain(target, retained);
        foreach (var (name, value) in patch)
        {
            if (name.StartsWith(DeleteFromList, StringComparison.Ordinal))
            {
                DeleteFrom(target, name[DeleteFromList.Length..], (JsonArray)value!);
            }
            else if (name[0] != '$') ApplyField(schema?.Field(name), target, name, value);
        }

        foreach (var (name, order) in patch)
        {
            if (name.StartsWith(ElementOrder, StringComparison.Ordinal))
            {
                Reorder(schema, target, name[ElementOrder.Length..], (JsonArray)order!);
            }
        }

        return target;
    }

    private static void ApplyField(ObjectSchema? schema, JsonObject target, string name, JsonNode? value)
    {
        if (value is null)
        {
            target.Remove(name);
        }
        else if (value is JsonObject map)
        {
            var merged = Apply(schema, target[name] as JsonObject ?? [], map);
            if (!ReferenceEquals(merged, target[name])) target[name] = merged;
        }
        else if (value is JsonArray items && target[name] is JsonArray present && schema?.ListMapKeys is [var key, ..])
        {
            MergeItems(schema.Items, present, items, key);
        }
        else if (value is JsonArray additions && target[name] is JsonArray set && schema?.IsSet is true)
        {
            foreach (var item in additions.Where(item => !set.Any(other => JsonNode.DeepEquals(other, item)))) set.Add(item?.DeepClone());
        }
        else
        {
            target[name] = value is JsonArray list ? WithoutDirectives(list) : value.DeepClone();
        }
    }

    private static void MergeItems(ObjectSchema? schema, JsonArray present, JsonArray items, string key)
    {
        if (items.OfType<JsonObject>().Any(IsReplace)) present.Clear();
        foreach (var item in items.OfType<JsonObject>().Where(item => !IsReplace(item)))
        {
            var match = present.OfType<JsonObject>().FirstOrDefault(other => JsonNode.DeepEquals(other[key], item[key]));
            if (item.Text(Directive) is "delete")
            {
                if (match is not null) present.Remove(match);
            }
            else if (match is null) present.Add(WithoutDirectives(item));
            else Apply(schema, match, item);
        }
    }

    /// <summary>A list item that says only that the whole list is replaced.</summary>
    private static bool IsReplace(JsonObject item) => item is { Count: 1 } && item.Text(Directive) is "replace";

    private static void Retain(JsonObject target, JsonArray retained)
    {
        var names = retained.Select(name => name!.ToString()).ToHashSet();
        foreach (var (name, _) in target.Where(member => !names.Contains(member.Key)).ToList()) target.Remove(name);
    }

    private static void DeleteFrom(JsonObject target, string name, JsonArray values)
    {
        if (target[name] is not JsonArray present) return;
        foreach (var item in present.Where(item => values.Any(value => JsonNode.DeepEquals(item, value))).ToList()) present.Remove(item);
    }

    /// <summary>Items in the order given; those that it doesn't name keep their places behind.</summary>
    private static void Reorder(ObjectSchema? schema, JsonObject target, string name, JsonArray order)
    {
        if (target[name] is not JsonArray present) return;
        var key = schema?.Field(name)?.ListMapKeys is [var first, ..] ? first : null;
        int Place(JsonNode? item)
        {
            var place = order.ToList().FindIndex(entry => JsonNode.DeepEquals(key is null ? entry : entry?[key], key is null ? item : item?[key]));
            return place < 0 ? int.MaxValue : place;
        }

        target[name] = new JsonArray([.. present.OrderBy(Place).Select(item => item?.DeepClone())]);
    }

    private static JsonObject WithoutDirectives(JsonObject value)
    {
        var rest = new JsonObject();
        foreach (var (name, member) in value)
        {
            if (name.StartsWith('$') || member is null) continue;
            rest[name] = member switch
            {
                JsonObject map => WithoutDirectives(map),
                JsonArray items => WithoutDirectives(items),
                _ => member.DeepClone(),
            };
        }

        return rest;
    }

    private static JsonArray WithoutDirectives(JsonArray items) => new(
    [
        .. items.Where(item => item is not JsonObject map || !map.ContainsKey(Directive))
            .Select(item => item is JsonObject map ? WithoutDirectives(map) : item?.DeepClone()),
    ]);
}
