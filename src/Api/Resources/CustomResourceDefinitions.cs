using System.Reflection;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Resources.Yaml;

namespace Mesh.Api.Resources;

/// <summary>The definitions of the mesh's own kinds, as <c>config/crds</c> has them.</summary>
public static class CustomResourceDefinitions
{
    /// <summary>That of <see cref="Resources.TrafficPolicy"/>.</summary>
    public static V1CustomResourceDefinition TrafficPolicy { get; } = Load("trafficpolicies.mesh.io");

    /// <summary>That of <see cref="Resources.MeshConfig"/>.</summary>
    public static V1CustomResourceDefinition MeshConfig { get; } = Load("meshconfigs.mesh.io");

    /// <summary>
    /// That of <see cref="Resources.AuthorizationPolicy"/>, with the one difference that unknown fields are errors: an API server keeps them,
    /// so that whoever reads the object here sees them.
    /// </summary>
    public static V1CustomResourceDefinition AuthorizationPolicy { get; } = Load("authorizationpolicies.mesh.io");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<V1CustomResourceDefinition> All { get; } = [AuthorizationPolicy, MeshConfig, TrafficPolicy];

    /// <summary>The schema of a definition's one version.</summary>
    internal static V1JSONSchemaProps Schema(V1CustomResourceDefinition definition) => definition.Spec.Versions.Single().Schema.OpenAPIV3Schema;

    private static V1CustomResourceDefinition Load(string name)
    {
        var resource = $"crds/{name}.yaml";
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The assembly has no resource {resource}.");
        using var reader = new StreamReader(stream);
        var document = YamlReader.Read(reader.ReadToEnd(), firstLine: 1).Single();
        ForgetUnknownFields(document.Root!);
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
