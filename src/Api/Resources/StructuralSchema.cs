using System.Text.Json.Nodes;
using k8s.Models;
using Mesh.Api.Resources.Schema;

namespace Mesh.Api.Resources;

/// <summary>
/// Checks, defaults and prunes objects by an OpenAPI v3 structural schema, as an API server does for a
/// CustomResourceDefinition; CEL rules excepted, which <see cref="ResourceValidation"/> mirrors for the mesh's own kinds.
/// Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
/// </summary>
public static class StructuralSchema
{
    /// <summary>
    /// Every error of a resource: types, required and unknown fields, enums, bounds, patterns, duplicates. Its apiVersion, kind and
    /// metadata are known though the schema may not mention them, and what stands in metadata is no matter of the schema.
    /// </summary>
    public static IReadOnlyList<FieldError> Validate(V1JSONSchemaProps schema, JsonNode? value) =>
        SchemaValidator.Validate(Root(schema), value, "");

    /// <summary>Fills in defaults; removes nulls where the schema doesn't allow them, which stand for absent fields.</summary>
    public static void ApplyDefaults(V1JSONSchemaProps schema, JsonNode value) => SchemaDefaults.Apply(Root(schema), value);

    /// <summary>Removes unknown fields, as an API server does where field validation isn't strict.</summary>
    public static void Prune(V1JSONSchemaProps schema, JsonNode value) => SchemaPruning.Prune(Root(schema), value);

    private static SchemaNode Root(V1JSONSchemaProps schema) => SchemaCompiler.Compile(schema) with { IsResource = true };
}
