using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Api.Tests.Resources;

public sealed class StructuralSchemaTests
{
    [Theory]
    // types
    [InlineData("""{"type": "string"}""", "1", "v: found 1, expected a string")]
    [InlineData("""{"type": "string"}""", "null", "v: found null, expected a string")]
    [InlineData("""{"type": "string", "nullable": true}""", "null", null)]
    [InlineData("""{"type": "integer"}""", "1.5", "v: found 1.5, expected an integer")]
    [InlineData("""{"type": "integer"}""", "2.0", null)]
    [InlineData("""{"type": "integer"}""", "\"1\"", "v: found \"1\", expected an integer")]
    [InlineData("""{"type": "integer", "format": "int32"}""", "2147483648", "v: found 2147483648, expected a 32-bit integer")]
    [InlineData("""{"type": "number"}""", "1.5", null)]
    [InlineData("""{"type": "boolean"}""", "\"true\"", "v: found \"true\", expected true or false")]
    [InlineData("""{"type": "object"}""", "[]", "v: found a list, expected an object")]
    [InlineData("""{"type": "array", "items": {"type": "string"}}""", "{}", "v: found an object, expected a list")]
    [InlineData("""{"type": "array", "items": {"type": "string"}}""", "[\"a\", 1]", "v[1]: found 1, expected a string")]
    [InlineData("""{"x-kubernetes-int-or-string": true}""", "1", null)]
    [InlineData("""{"x-kubernetes-int-or-string": true}""", "\"50%\"", null)]
    [InlineData("""{"x-kubernetes-int-or-string": true}""", "1.5", "v: found 1.5, expected an integer or a string")]
    // bounds
    [InlineData("""{"type": "integer", "minimum": 1, "maximum": 3}""", "4", "v: found 4, expected a number from 1 to 3")]
    [InlineData("""{"type": "integer", "minimum": 1, "exclusiveMinimum": true}""", "1", "v: found 1, expected a number at least 1")]
    [InlineData("""{"type": "number", "multipleOf": 0.5}""", "0.75", "v: found 0.75, expected a multiple of 0.5")]
    [InlineData("""{"type": "string", "maxLength": 2}""", "\"abc\"", "v: found \"abc\", expected at most 2 characters")]
    [InlineData("""{"type": "string", "maxLength": 2}""", "\"😀😀\"", null)]
    [InlineData("""{"type": "string", "minLength": 1}""", "\"\"", "v: found \"\", expected at least 1 characters")]
    [InlineData("""{"type": "array", "maxItems": 1, "items": {"type": "string"}}""", "[\"a\", \"b\"]", "v: found 2 items, expected at most 1 items")]
    [InlineData("""{"type": "object", "maxProperties": 0, "additionalProperties": {"type": "string"}}""", "{\"a\": \"b\"}", "v: found 1 fields, expected at most 0 fields")]
    // text
    [InlineData("""{"type": "string", "pattern": "^a$"}""", "\"a\\n\"", "v: found \"a\\n\", expected text that matches ^a$")]
    [InlineData("""{"type": "string", "pattern": "^[$]\\$$"}""", "\"$$\"", null)]
    [InlineData("""{"type": "string", "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"}""", "\"1d\"", "v: found \"1d\", expected a duration such as 1s, 250ms or 1m30s")]
    [InlineData("""{"type": "string", "enum": ["A", "B"]}""", "\"C\"", "v: found \"C\", expected one of A, B")]
    [InlineData("""{"type": "string", "enum": [""]}""", "\"apps\"", "v: found \"apps\", expected \"\"")]
    [InlineData("""{"type": "string", "format": "date-time"}""", "\"yesterday\"", "v: found \"yesterday\", expected a time such as 2026-01-31T12:00:00Z")]
    [InlineData("""{"type": "string", "format": "date-time"}""", "\"01/31/2026\"", "v: found \"01/31/2026\", expected a time such as 2026-01-31T12:00:00Z")]
    [InlineData("""{"type": "string", "format": "date-time"}""", "\"2026-01-31T12:00:00.123456+01:00\"", null)]
    // fields
    [InlineData("""{"type": "object", "properties": {"a": {"type": "string"}}}""", """{"b": 1}""", "v.b: found an unknown field, expected one of a")]
    [InlineData("""{"type": "object", "x-kubernetes-preserve-unknown-fields": true}""", """{"b": 1}""", null)]
    [InlineData("""{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}""", "{}", "v.a: found nothing, expected a string")]
    [InlineData("""{"type": "object", "additionalProperties": {"type": "string"}}""", """{"x/y": 1}""", "v[x/y]: found 1, expected a string")]
    [InlineData("""{"type": "object", "additionalProperties": true}""", """{"x": {"y": 1}}""", null)]
    [InlineData("""{"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"spec": {"type": "object"}}}""", """{"kind": "A", "metadata": {"name": "a"}, "spec": {}}""", null)]
    // lists
    [InlineData("""{"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}""", """["a", "b", "a"]""", "v[2]: found \"a\" a second time, expected each only once")]
    [InlineData("""{"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["t"], "items": {"type": "object", "properties": {"t": {"type": "string"}}}}""", """[{"t": "a"}, {"t": "a"}]""", "v[1]: found t \"a\" a second time, expected each only once")]
    // junctors
    [InlineData("""{"type": "integer", "allOf": [{"minimum": 2}]}""", "1", "v: found 1, expected a number at least 2")]
    [InlineData("""{"type": "integer", "anyOf": [{"minimum": 5}, {"maximum": 2}]}""", "3", "v: found 3, expected a value that one of the schema's alternatives allows")]
    [InlineData("""{"type": "integer", "oneOf": [{"minimum": 1}, {"maximum": 5}]}""", "3", "v: found 3, expected a value that exactly one of the schema's alternatives allows")]
    [InlineData("""{"type": "integer", "not": {"enum": [3]}}""", "3", "v: found 3, expected a value that the schema doesn't exclude")]
    [InlineData("""{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}""", """{"a": "x"}""", null)]
    public void Value_IsHeldToItsSchema(string schema, string value, string? error) =>
        Assert.Equal(error is null ? [] : [error], StructuralSchema.Validate(Wrap(schema), Wrapped(value)).Select(e => e.ToString()));

    [Fact]
    public void EveryError_IsTold()
    {
        var schema = Wrap("""{"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}""");

        Assert.Equal(["v.b", "v.a", "v.c"], StructuralSchema.Validate(schema, Wrapped("""{"a": 1, "c": 2}""")).Select(e => e.Path));
    }

    [Fact]
    public void Metadata_IsNoMatterOfTheSchema()
    {
        var policy = JsonNode.Parse("""{"apiVersion": "mesh.io/v1alpha1", "kind": "TrafficPolicy", "metadata": {"name": "a", "annotations": {"b": "c"}}, "spec": {"targetRefs": [{"name": "a"}]}}""")!;
        var schema = Schemas.Of(CustomResourceDefinitions.TrafficPolicy);

        Assert.Empty(StructuralSchema.Validate(schema, policy));
        StructuralSchema.Prune(schema, policy);
        Assert.Equal("c", (string?)policy["metadata"]!["annotations"]!["b"]);
    }

    [Fact]
    public void Defaults_AreFilledIn()
    {
        var policy = JsonNode.Parse("""{"spec": {"targetRefs": [{"name": "a"}, {"name": "b", "kind": null, "namespace": null}], "retries": {}}}""")!;

        StructuralSchema.ApplyDefaults(Schemas.Of(CustomResourceDefinitions.TrafficPolicy), policy);

        Assert.Equal(
            """{"spec":{"targetRefs":[{"name":"a","group":"","kind":"Service"},{"name":"b","group":"","kind":"Service"}],"retries":{}}}""",
            policy.ToJsonString());
    }

    [Fact]
    public void Default_GetsItsOwnFieldsDefaults()
    {
        var schema = Wrap("""{"type": "object", "default": {}, "properties": {"a": {"type": "integer", "default": 3}}}""");
        var value = JsonNode.Parse("{}")!;

        StructuralSchema.ApplyDefaults(schema, value);

        Assert.Equal("""{"v":{"a":3}}""", value.ToJsonString());
    }

    [Fact]
    public void UnknownFields_ArePruned()
    {
        var policy = JsonNode.Parse("""{"kind": "TrafficPolicy", "x": 1, "spec": {"targetRefs": [{"name": "a", "y": 2}], "z": {"a": 1}}}""")!;

        StructuralSchema.Prune(Schemas.Of(CustomResourceDefinitions.TrafficPolicy), policy);

        Assert.Equal("""{"kind":"TrafficPolicy","spec":{"targetRefs":[{"name":"a"}]}}""", policy.ToJsonString());
    }

    [Fact]
    public void ValueOfTheWrongShape_IsLeftToValidation()
    {
        var policy = JsonNode.Parse("""{"spec": {"targetRefs": "a", "retries": 3}}""")!;

        StructuralSchema.ApplyDefaults(Schemas.Of(CustomResourceDefinitions.TrafficPolicy), policy);
        StructuralSchema.Prune(Schemas.Of(CustomResourceDefinitions.TrafficPolicy), policy);

        Assert.Equal(["spec.targetRefs", "spec.retries"], StructuralSchema.Validate(Schemas.Of(CustomResourceDefinitions.TrafficPolicy), policy).Select(e => e.Path));
    }

    private static V1JSONSchemaProps Wrap(string schema) =>
        KubernetesJson.Deserialize<V1JSONSchemaProps>($$"""{"type": "object", "properties": { "v": {{schema}} } }""");

    private static JsonNode Wrapped(string value) => JsonNode.Parse($$"""{ "v": {{value}} }""")!;
}
