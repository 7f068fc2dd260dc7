using k8s;
using k8s.Models;

namespace Mesh.Api.Tests.Resources;

/// <summary>Walks the CRDs' schemas.</summary>
internal static class Schemas
{
    public static V1JSONSchemaProps Of(V1CustomResourceDefinition definition) => Assert.Single(definition.Spec.Versions).Schema.OpenAPIV3Schema;

    public static V1JSONSchemaProps At(this V1JSONSchemaProps schema, string path) =>
        path.Split('.').Aggregate(schema, (s, name) => name == "[]" ? s.Item()! : s.Properties[name]);

    public static V1JSONSchemaProps? Item(this V1JSONSchemaProps schema) =>
        schema.Items is null ? null : KubernetesJson.Deserialize<V1JSONSchemaProps>(KubernetesJson.Serialize(schema.Items));

    /// <summary>Every property with its path: <c>spec.targetRefs[].name</c>.</summary>
    public static IEnumerable<(string Path, V1JSONSchemaProps Schema)> Properties(this V1JSONSchemaProps schema, string path = "")
    {
        foreach (var (name, property) in schema.Properties ?? new Dictionary<string, V1JSONSchemaProps>())
        {
            var at = path.Length == 0 ? name : $"{path}.{name}";
            yield return (at, property);
            foreach (var deeper in property.Properties(at)) yield return deeper;
            if (property.Item() is not { } item) continue;
            yield return ($"{at}[]", item);
            foreach (var deeper in item.Properties($"{at}[]")) yield return deeper;
        }
    }
}
