using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using YamlDotNet.Serialization;

namespace Mesh.Operator.Status;

/// <summary>Writes objects as YAML, by way of JSON: that is where the types say what their fields are called.</summary>
internal static class ManifestWriter
{
    private static readonly ISerializer Yaml = new SerializerBuilder().WithQuotingNecessaryStrings().WithIndentedSequences().Build();

    public static string Write(IKubernetesObject<V1ObjectMeta> resource) => Yaml.Serialize(Plain(JsonNode.Parse(KubernetesJson.Serialize(resource)))!);

    private static object? Plain(JsonNode? node) => node switch
    {
        JsonObject fields => fields.Where(field => field.Value is not null).ToDictionary(field => field.Key, field => Plain(field.Value)),
        JsonArray items => items.Select(Plain).ToList(),
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        JsonValue value when value.TryGetValue<long>(out var number) => number,
        JsonValue value => value.GetValue<double>(),
        _ => null,
    };
}
