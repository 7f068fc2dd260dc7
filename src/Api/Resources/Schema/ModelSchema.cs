using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json.Serialization;
using k8s.Models;

namespace Mesh.Api.Resources.Schema;

/// <summary>
/// The schema that a model of the Kubernetes client implies: names and types of its fields. It knows no bounds and no required
/// fields but the numbers and booleans that the model has no "absent" for.
/// </summary>
[RequiresUnreferencedCode(Reason)]
internal sealed class ModelSchema
{
    public const string Reason = "Manifests of built-in kinds are checked against the properties of their models, which trimming removes.";

    private readonly Dictionary<Type, SchemaNode> _built = [];

    public static SchemaNode Of<T>() => new ModelSchema().Build(typeof(T));

    private SchemaNode Build(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (Scalar(type) is { } scalar) return scalar;
        if (type == typeof(object) || type == typeof(System.Text.Json.JsonElement)) return SchemaNode.Anything;
        if (Argument(type, typeof(IDictionary<,>), 1) is { } value) return new() { Type = "object", AdditionalProperties = Build(value) };
        if (Argument(type, typeof(IEnumerable<>), 0) is { } item) return new() { Type = "array", Items = Build(item) };
        return BuildObject(type);
    }

    private static SchemaNode? Scalar(Type type)
    {
        if (type == typeof(string)) return new() { Type = "string" };
        if (type == typeof(bool)) return new() { Type = "boolean" };
        if (type == typeof(int)) return new() { Type = "integer", Format = "int32" };
        if (type == typeof(long)) return new() { Type = "integer", Format = "int64" };
        if (type == typeof(double)) return new() { Type = "number" };
        if (type == typeof(byte[])) return new() { Type = "string", Format = "byte" };
        if (type == typeof(DateTime)) return new() { Type = "string", Format = "date-time" };
        return type == typeof(IntOrString) || type == typeof(ResourceQuantity) ? new() { IsIntOrString = true } : null;
    }

    private SchemaNode BuildObject(Type type)
    {
        if (_built.TryGetValue(type, out var known)) return known;
        var fields = new Dictionary<string, SchemaNode>(StringComparer.Ordinal);
        var properties = type.GetProperties().Where(p => p.GetCustomAttribute<JsonPropertyNameAttribute>() is not null).ToArray();
        // In the table before its fields are built, so that a type within itself ends.
        var node = new SchemaNode
        {
            Type = "object",
            Properties = fields,
            Required = [.. properties.Where(p => p.PropertyType.IsValueType && Nullable.GetUnderlyingType(p.PropertyType) is null).Select(Name)],
        };
        _built[type] = node;
        foreach (var property in properties) fields[Name(property)] = Build(property.PropertyType);
        return node;
    }

    private static string Name(PropertyInfo property) => property.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name;

    private static Type? Argument(Type type, Type generic, int index) =>
        type.GetInterfaces().Prepend(type).FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == generic)?.GetGenericArguments()[index];
}
