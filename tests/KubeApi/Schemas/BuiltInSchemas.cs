using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s.Models;

namespace Mesh.KubeApi.Schemas;

/// <summary>
/// The schemas of built-in kinds, read off KubernetesClient's models: they are generated from Kubernetes' own OpenAPI, so names
/// and types are right. What the models don't say (which lists merge, by what key) is <see cref="ListKeys"/>.
/// </summary>
internal static class BuiltInSchemas
{
    private static readonly ConcurrentDictionary<Type, ObjectSchema> Cache = new();

    /// <summary>
    /// Lists of objects that merge by key, from Kubernetes' OpenAPI (x-kubernetes-list-map-keys; the first is the patch merge
    /// key).
    /// </summary>
    private static readonly Dictionary<(Type, string), string[]> ListKeys = new()
    {
        [(typeof(V1ObjectMeta), "ownerReferences")] = ["uid"],
        [(typeof(V1PodSpec), "containers")] = ["name"],
        [(typeof(V1PodSpec), "initContainers")] = ["name"],
        [(typeof(V1PodSpec), "ephemeralContainers")] = ["name"],
        [(typeof(V1PodSpec), "volumes")] = ["name"],
        [(typeof(V1PodSpec), "imagePullSecrets")] = ["name"],
        [(typeof(V1PodSpec), "hostAliases")] = ["ip"],
        [(typeof(V1PodSpec), "topologySpreadConstraints")] = ["topologyKey", "whenUnsatisfiable"],
        [(typeof(V1Container), "env")] = ["name"],
        [(typeof(V1Container), "ports")] = ["containerPort", "protocol"],
        [(typeof(V1Container), "volumeMounts")] = ["mountPath"],
        [(typeof(V1PodStatus), "podIPs")] = ["ip"],
        [(typeof(V1ServiceSpec), "ports")] = ["port", "protocol"],
        [(typeof(V1ServiceAccount), "secrets")] = ["name"],
        [(typeof(V1ServiceAccount), "imagePullSecrets")] = ["name"],
        [(typeof(V1MutatingWebhookConfiguration), "webhooks")] = ["name"],
        [(typeof(V1ValidatingWebhookConfiguration), "webhooks")] = ["name"],
        [(typeof(V1ValidatingAdmissionPolicySpec), "matchConditions")] = ["name"],
        [(typeof(V1ValidatingAdmissionPolicySpec), "variables")] = ["name"],
    };

    public static ObjectSchema Of(Type kind) => Cache.GetOrAdd(kind, type => new(Schema(type)));

    private static JsonObject Schema(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return Typed("string");
        if (type == typeof(bool)) return Typed("boolean");
        if (type == typeof(int) || type == typeof(long)) return Typed("integer");
        if (type == typeof(double)) return Typed("number");
        if (type == typeof(DateTime)) return Typed("string", "date-time");
        if (type == typeof(byte[])) return Typed("string", "byte");
        if (type == typeof(IntOrString) || type == typeof(ResourceQuantity)) return new() { ["x-kubernetes-int-or-string"] = true };
        // A schema of schemas has no end.
        if (type == typeof(object) || type == typeof(V1JSONSchemaProps)) return new() { ["x-kubernetes-preserve-unknown-fields"] = true };
        if (Arguments(type, typeof(IDictionary<,>)) is [_, var value])
        {
            return new() { ["type"] = "object", ["additionalProperties"] = Schema(value) };
        }

        if (Arguments(type, typeof(IList<>)) is [var item]) return new() { ["type"] = "array", ["items"] = Schema(item) };
        return Object(type);
    }

    private static JsonObject Object(Type type)
    {
        var properties = new JsonObject();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name is not { } name) continue;
            var schema = Schema(property.PropertyType);
            // Without list-type "map", which would have duplicates refused: kube-apiserver lets an env name stand twice.
            if (Keys(type, name, property.PropertyType) is { } keys)
            {
                schema["x-kubernetes-list-map-keys"] = new JsonArray([.. keys.Select(key => JsonValue.Create(key))]);
            }

            if ((type, name) == (typeof(V1ObjectMeta), "finalizers")) schema["x-kubernetes-list-type"] = "set";
            properties[name] = schema;
        }

        return new() { ["type"] = "object", ["properties"] = properties };
    }

    private static string[]? Keys(Type owner, string name, Type list)
    {
        if (ListKeys.TryGetValue((owner, name), out var keys)) return keys;
        var isConditions = name == "conditions" && Arguments(list, typeof(IList<>)) is [var item] && item.GetProperty("Type") is not null;
        return isConditions ? ["type"] : null;
    }

    private static Type[]? Arguments(Type type, Type generic) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == generic ? type.GetGenericArguments() : null;

    private static JsonObject Typed(string type, string? format = null)
    {
        var schema = new JsonObject { ["type"] = type };
        if (format is not null) schema["format"] = format;
        return schema;
    }
}
