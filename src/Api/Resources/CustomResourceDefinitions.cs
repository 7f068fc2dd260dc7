using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Resources.Yaml;

namespace Mesh.Api.Resources;

/// <summary>The definitions of the mesh's own kinds, as <c>config/crds</c> has them.</summary>
public static class CustomResourceDefinitions
{
    private static readonly ConditionalWeakTable<V1CustomResourceDefinition, V1JSONSchemaProps> ReadingSchemas = [];

    /// <summary>That of <see cref="Resources.TrafficPolicy"/>.</summary>
    public static V1CustomResourceDefinition TrafficPolicy { get; } = Load("trafficpolicies.mesh.io");

    /// <summary>That of <see cref="Resources.MeshConfig"/>.</summary>
    public static V1CustomResourceDefinition MeshConfig { get; } = Load("meshconfigs.mesh.io");

    /// <summary>That of <see cref="Resources.AuthorizationPolicy"/>. An API server keeps fields that it doesn't know.</summary>
    public static V1CustomResourceDefinition AuthorizationPolicy { get; } = Load("authorizationpolicies.mesh.io");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<V1CustomResourceDefinition> All { get; } = [AuthorizationPolicy, MeshConfig, TrafficPolicy];

    /// <summary>
    /// The schema of a definition's one version by which objects are read: fields that it doesn't name are errors, even where an API
    /// server is to keep them.
    /// </summary>
    public static V1JSONSchemaProps ReadingSchema(V1CustomResourceDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return ReadingSchemas.GetValue(definition, static installed =>
        {
            var schema = JsonNode.Parse(KubernetesJson.Serialize(installed.Spec.Versions.Single().Schema.OpenAPIV3Schema))!;
            ForgetUnknownFields(schema);
            return KubernetesJson.Deserialize<V1JSONSchemaProps>(schema.ToJsonString());
        });
    }

    private static V1CustomResourceDefinition Load(string name)
    {
        var resource = $"crds/{name}.yaml";
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The assembly has no resource {resource}.");
        using var reader = new StreamReader(stream);
        var document = YamlReader.Read(reader.ReadToEnd(), firstLine: 1).Single();
        return KubernetesJson.Deserialize<V1CustomResourceDefinition>(document.Root!);
    }

    private static void ForgetUnknownFields(JsonNode node)
    {
        if (node is JsonObject fields) fields.Remove("x-kubernetes-preserve-unknown-fields");
        foreach (var inner in node switch { JsonObject o => o.Select(field => field.Value), JsonArray a => a, _ => [] })
        {
            if (inner is not null) ForgetUnknownFields(inner);
        }
    }
}
