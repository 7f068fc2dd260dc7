using System.Text.Json.Nodes;
using k8s.Models;
using Mesh.KubeApi.Schemas;
using Mesh.KubeApi.Tables;

namespace Mesh.KubeApi.Resources;

/// <summary>The kinds that a CustomResourceDefinition adds: one for each served version.</summary>
internal static class CustomResources
{
    public static IEnumerable<ResourceType> Of(JsonObject definition)
    {
        if (definition["spec"] is not JsonObject spec || spec["names"] is not JsonObject names) yield break;
        foreach (var version in spec.Items("versions").Where(version => version["served"]?.GetValue<bool>() is true))
        {
            yield return new()
            {
                Group = spec.Text("group")!,
                Version = version.Text("name")!,
                Kind = names.Text("kind")!,
                Plural = names.Text("plural")!,
                Singular = names.Text("singular") ?? names.Text("kind")!.ToLowerInvariant(),
                Namespaced = spec.Text("scope") is "Namespaced",
                ShortNames = Texts(names["shortNames"]),
                Categories = Texts(names["categories"]),
                HasStatus = version["subresources"]?["status"] is not null,
                CountsGeneration = true,
                Schema = Schema(version),
                IsCustom = true,
                Columns = PrinterColumns.Of(version),
            };
        }
    }

    /// <summary>The definition's schema, with what every object has and no definition may describe.</summary>
    private static ObjectSchema Schema(JsonObject version)
    {
        if (version["schema"]?["openAPIV3Schema"] is not JsonObject written) return ObjectSchema.Anything;
        var schema = written.Clone();
        schema.Default("type", "object");
        schema.Default("properties", new JsonObject());
        schema["properties"]!["apiVersion"] = new JsonObject { ["type"] = "string" };
        schema["properties"]!["kind"] = new JsonObject { ["type"] = "string" };
        schema["properties"]!["metadata"] = BuiltInSchemas.Of(typeof(V1ObjectMeta)).Json.DeepClone();
        return new(schema);
    }

    private static string[] Texts(JsonNode? list) => list is JsonArray items ? [.. items.Select(item => item!.GetValue<string>())] : [];
}
