using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Resources.Schema;

namespace Mesh.Api.Resources;

/// <summary>A kind of object that manifests may hold and that means something to the mesh.</summary>
[RequiresUnreferencedCode(ModelSchema.Reason)]
internal sealed record ManifestKind(string ApiVersion, string Kind, bool IsNamespaced, SchemaNode Schema, Func<JsonNode, ManifestKind.Reading> Read)
{
    /// <summary>An object, and what is wrong with it beyond the schema.</summary>
    internal readonly record struct Reading(IKubernetesObject<V1ObjectMeta> Resource, IReadOnlyList<FieldError> Errors);

    public static IReadOnlyList<ManifestKind> All { get; } =
    [
        BuiltIn<V1Service>("v1", "Service"),
        BuiltIn<V1EndpointSlice>("discovery.k8s.io/v1", "EndpointSlice"),
        BuiltIn<V1Pod>("v1", "Pod"),
        BuiltIn<V1Namespace>("v1", "Namespace", isNamespaced: false),
        Own<TrafficPolicy>(CustomResourceDefinitions.TrafficPolicy, ResourceValidation.Validate),
        Own<AuthorizationPolicy>(CustomResourceDefinitions.AuthorizationPolicy, ResourceValidation.Validate),
        Own<MeshConfig>(CustomResourceDefinitions.MeshConfig, ResourceValidation.Validate),
    ];

    private static ManifestKind BuiltIn<T>(string apiVersion, string kind, bool isNamespaced = true) where T : IKubernetesObject<V1ObjectMeta> =>
        new(apiVersion, kind, isNamespaced, ModelSchema.Of<T>(), node => new(KubernetesJson.Deserialize<T>(node), []));

    private static ManifestKind Own<T>(V1CustomResourceDefinition definition, Func<T, IReadOnlyList<FieldError>> validate)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        var schema = SchemaCompiler.Compile(CustomResourceDefinitions.ReadingSchema(definition));
        var properties = new Dictionary<string, SchemaNode>(schema.Properties) { ["metadata"] = ModelSchema.Of<V1ObjectMeta>() };
        return new(MeshApi.GroupVersion, definition.Spec.Names.Kind, definition.Spec.Scope == "Namespaced", schema with { Properties = properties }, Read);

        Reading Read(JsonNode node)
        {
            var resource = KubernetesJson.Deserialize<T>(node);
            return new(resource, validate(resource));
        }
    }
}
