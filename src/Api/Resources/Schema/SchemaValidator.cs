using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Mesh.Api.Resources.Schema;

/// <summary>Checks a value against a schema and gathers every error.</summary>
internal sealed partial class SchemaValidator
{
    // Nobody reads more, and a hundred thousand wrong fields would cost as many texts.
    private const int MostErrors = 256;

    private readonly List<FieldError> _errors = [];

    public static IReadOnlyList<FieldError> Validate(SchemaNode schema, JsonNode? value, string path)
    {
        var validator = new SchemaValidator();
        validator.Check(schema, value, path, isStructural: true);
        return validator._errors;
    }

    /// <param name="schema">The schema.</param>
    /// <param name="value">The value.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="isStructural">False beneath allOf, anyOf, oneOf and not, which restrict what is declared elsewhere.</param>
    private void Check(SchemaNode schema, JsonNode? value, string path, bool isStructural)
    {
        if (value is null)
        {
            if (!schema.IsNullable && schema.Type is not null) Add(path, value, JsonText.WithArticle(schema.Type));
            return;
        }
        if (!HasType(schema, value))
        {
            Add(path, value, schema.IsIntOrString ? "an integer or a string" : JsonText.WithArticle(schema.Type));
            return;
        }
        if (schema.Enum.Count > 0 && !schema.Enum.Any(allowed => JsonNode.DeepEquals(allowed, value)))
            Add(path, value, OneOf(schema.Enum));
        switch (value)
        {
            case JsonObject fields: CheckObject(schema, fields, path, isStructural); break;
            case JsonArray items: CheckList(schema, items, path, isStructural); break;
            case JsonValue scalar: CheckScalar(schema, scalar, path); break;
        }
        CheckJunctors(schema, value, path);
    }

    private static bool HasType(SchemaNode schema, JsonNode value)
    {
        var kind = value.GetValueKind();
        if (schema.IsIntOrString) return kind is JsonValueKind.String || IsInteger(value);
        return schema.Type switch
        {
            null => true,
            "object" => kind is JsonValueKind.Object,
            "array" => kind is JsonValueKind.Array,
            "string" => kind is JsonValueKind.String,
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
            "number" => kind is JsonValueKind.Number,
            "integer" => IsInteger(value),
            _ => false,
        };
    }

    private static bool IsInteger(JsonNode value) => value.GetValueKind() is JsonValueKind.Number && double.IsInteger(Number(value));

    private static double Number(JsonNode value) => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);

    private void CheckObject(SchemaNode schema, JsonObject fields, string path, bool isStructural)
    {
        foreach (var name in schema.Required)
        {
            if (!fields.ContainsKey(name)) Add(FieldPath.Append(path, name), JsonText.WithArticle(PropertyType(schema, name)));
        }
        foreach (var (name, value) in fields)
        {
            var fieldPath = FieldPath.Append(path, name);
            if (schema.Properties.TryGetValue(name, out var property)) Check(property, value, fieldPath, isStructural && !IsMetadata(schema, name));
            else if (schema.AdditionalProperties is { } additional) Check(additional, value, fieldPath, isStructural);
            else if (isStructural && !IsKnown(schema, name)) Add(new(fieldPath, "an unknown field", KnownFields(schema)));
        }
        CheckCount(fields.Count, schema.MinProperties, schema.MaxProperties, path, "fields");
    }

    // What may stand in metadata is the same for every kind and no part of a kind's schema.
    private static bool IsMetadata(SchemaNode schema, string name) => schema.IsResource && name == "metadata";

    internal static bool IsKnown(SchemaNode schema, string name) =>
        schema.PreservesUnknownFields || (schema.IsResource && name is "apiVersion" or "kind" or "metadata");

    private static string? PropertyType(SchemaNode schema, string name) => schema.Properties.TryGetValue(name, out var property) ? property.Type : null;

    private static string KnownFields(SchemaNode schema) =>
        schema.Properties.Count is 0 or > 24 ? "no such field" : $"one of {string.Join(", ", schema.Properties.Keys.Order(StringComparer.Ordinal))}";

    private void CheckList(SchemaNode schema, JsonArray items, string path, bool isStructural)
    {
        CheckCount(items.Count, schema.MinItems, schema.MaxItems, path, "items");
        for (var i = 0; schema.Items is not null && i < items.Count; i++)
            Check(schema.Items, items[i], FieldPath.Append(path, i), isStructural);
        if (schema.IsSet || schema.MapKeys.Count > 0) CheckUnique(schema, items, path);
    }

    private void CheckUnique(SchemaNode schema, JsonArray items, string path)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            var key = schema.IsSet
                ? items[i]?.ToJsonString() ?? "null"
                : string.Join(", ", schema.MapKeys.Select(k => $"{k} {JsonText.Of((items[i] as JsonObject)?[k])}"));
            if (!seen.Add(key)) Add(new(FieldPath.Append(path, i), $"{key} a second time", "each only once"));
        }
    }

    private void CheckScalar(SchemaNode schema, JsonValue value, string path)
    {
        if (value.GetValueKind() is JsonValueKind.String) CheckText(schema, value, value.GetValue<string>(), path);
        else if (value.GetValueKind() is JsonValueKind.Number) CheckNumber(schema, value, Number(value), path);
    }

    private void CheckText(SchemaNode schema, JsonValue value, string text, string path)
    {
        // Lengths count Unicode characters, as JSON Schema has it and Go's RuneCountInString counts.
        var length = text.EnumerateRunes().Count();
        if (length > schema.MaxLength || length < schema.MinLength)
            Add(path, value, $"{Bounds(schema.MinLength, schema.MaxLength)} characters");
        else if (schema.Pattern is { } pattern && !pattern.IsMatch(text))
            Add(path, value, pattern.Text == MeshDuration.Pattern ? MeshDuration.Expected : $"text that matches {pattern.Text}");
        else if (schema.Format is "date-time" && !IsTime(text))
            Add(path, value, "a time such as 2026-01-31T12:00:00Z");
        else if (schema.Format is "byte" && !Base64.IsValid(text))
            Add(path, value, "base64");
    }

    private static bool IsTime(string text) => Rfc3339().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _);

    private void CheckNumber(SchemaNode schema, JsonValue value, double number, string path)
    {
        var tooSmall = number < schema.Minimum || (schema.MinimumIsExclusive && number == schema.Minimum);
        var tooLarge = number > schema.Maximum || (schema.MaximumIsExclusive && number == schema.Maximum);
        if (tooSmall || tooLarge)
            Add(path, value, $"a number {Bounds(schema.Minimum, schema.Maximum)}");
        else if (schema.Format is "int32" && number is < int.MinValue or > int.MaxValue)
            Add(path, value, "a 32-bit integer");
        else if (schema.Format is "int64" && number is < long.MinValue or > long.MaxValue)
            Add(path, value, "a 64-bit integer");
        else if (schema.MultipleOf is { } step && !double.IsInteger(number / step))
            Add(path, value, string.Create(CultureInfo.InvariantCulture, $"a multiple of {step}"));
    }

    private void CheckCount(int count, long? least, long? most, string path, string what)
    {
        if (count < least || count > most) Add(new(path, $"{count} {what}", $"{Bounds(least, most)} {what}"));
    }

    private void CheckJunctors(SchemaNode schema, JsonNode value, string path)
    {
        foreach (var part in schema.AllOf) Check(part, value, path, isStructural: false);
        if (schema.AnyOf.Count > 0 && !schema.AnyOf.Any(s => Matches(s, value)))
            Add(path, value, "a value that one of the schema's alternatives allows");
        if (schema.OneOf.Count > 0 && schema.OneOf.Count(s => Matches(s, value)) != 1)
            Add(path, value, "a value that exactly one of the schema's alternatives allows");
        if (schema.Not is { } not && Matches(not, value))
            Add(path, value, "a value that the schema doesn't exclude");
    }

    private static bool Matches(SchemaNode schema, JsonNode value)
    {
        var trial = new SchemaValidator();
        trial.Check(schema, value, "", isStructural: false);
        return trial._errors.Count == 0;
    }

    private static string OneOf(IReadOnlyList<JsonNode?> allowed) =>
        allowed.Count == 1 ? JsonText.Of(allowed[0]) : $"one of {string.Join(", ", allowed.Select(Bare))}";

    private static string Bare(JsonNode? value) =>
        value is JsonValue scalar && scalar.TryGetValue<string>(out var text) && text.Length > 0 ? text : JsonText.Of(value);

    private static string Bounds<T>(T? least, T? most) where T : struct => (least, most) switch
    {
        ({ } from, { } to) => string.Create(CultureInfo.InvariantCulture, $"from {from} to {to}"),
        ({ } from, null) => string.Create(CultureInfo.InvariantCulture, $"at least {from}"),
        (null, { } to) => string.Create(CultureInfo.InvariantCulture, $"at most {to}"),
        _ => "any number of",
    };

    private void Add(string path, JsonNode? found, string expected) => Add(new(path, JsonText.Of(found), expected));

    private void Add(string path, string expected) => Add(new(path, null, expected));

    private void Add(FieldError error)
    {
        if (_errors.Count < MostErrors) _errors.Add(error);
    }

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[-+][0-9]{2}:[0-9]{2})\z")]
    private static partial Regex Rfc3339();
}
