using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Mesh.Api.Resources.Schema;

/// <summary>Turns the schema of a CustomResourceDefinition into the form that values are checked against, once for each.</summary>
internal static class SchemaCompiler
{
    private static readonly ConditionalWeakTable<V1JSONSchemaProps, SchemaNode> Compiled = [];

    public static SchemaNode Compile(V1JSONSchemaProps schema) => Compiled.GetValue(schema, static s => Build(s));

    private static SchemaNode Build(V1JSONSchemaProps schema) => new()
    {
        Type = schema.Type,
        Format = schema.Format,
        IsNullable = schema.Nullable is true,
        IsIntOrString = schema.XKubernetesIntOrString is true,
        PreservesUnknownFields = schema.XKubernetesPreserveUnknownFields is true
            || schema.AdditionalProperties is true or JsonElement { ValueKind: JsonValueKind.True },
        IsResource = schema.XKubernetesEmbeddedResource is true,
        Properties = schema.Properties?.ToDictionary(p => p.Key, p => Build(p.Value)) ?? [],
        AdditionalProperties = Sub(schema.AdditionalProperties),
        Items = Sub(schema.Items),
        Required = [.. schema.Required ?? []],
        Enum = [.. (schema.EnumProperty ?? []).Select(Literal)],
        Default = Literal(schema.DefaultProperty),
        Pattern = schema.Pattern is { } pattern ? new SchemaPattern(pattern) : null,
        Minimum = schema.Minimum,
        Maximum = schema.Maximum,
        MinimumIsExclusive = schema.ExclusiveMinimum is true,
        MaximumIsExclusive = schema.ExclusiveMaximum is true,
        MultipleOf = schema.MultipleOf,
        MinLength = schema.MinLength,
        MaxLength = schema.MaxLength,
        MinItems = schema.MinItems,
        MaxItems = schema.MaxItems,
        MinProperties = schema.MinProperties,
        MaxProperties = schema.MaxProperties,
        IsSet = schema.XKubernetesListType is "set" || schema.UniqueItems is true,
        MapKeys = schema.XKubernetesListType is "map" ? [.. schema.XKubernetesListMapKeys ?? []] : [],
        AllOf = [.. (schema.AllOf ?? []).Select(Build)],
        AnyOf = [.. (schema.AnyOf ?? []).Select(Build)],
        OneOf = [.. (schema.OneOf ?? []).Select(Build)],
        Not = schema.Not is null ? null : Build(schema.Not),
    };

    // The client types what may be a schema or something else (JSONSchemaPropsOrBool, JSONSchemaPropsOrArray) as object.
    private static SchemaNode? Sub(object? schema) => schema switch
    {
        V1JSONSchemaProps props => Build(props),
        JsonElement { ValueKind: JsonValueKind.Object } element => Build(KubernetesJson.Deserialize<V1JSONSchemaProps>(element)),
        _ => null,
    };

    private static JsonNode? Literal(object? value) => value switch
    {
        null => null,
        JsonNode node => node.DeepClone(),
        JsonElement element => JsonNode.Parse(element.GetRawText()),
        _ => JsonNode.Parse(KubernetesJson.Serialize(value)),
    };
}
