using System.Text.Json;
using k8s;
using k8s.Models;
using Mesh.Operator.State;

namespace Mesh.Operator.Sources;

/// <summary>Reads of an EndpointSlice what is compiled: one change of one endpoint brings all of the slice's endpoints again.</summary>
internal static class SliceReader
{
    private static readonly Alike<List<Discoveryv1EndpointPort>> Ports = new(json => KubernetesJson.Deserialize<List<Discoveryv1EndpointPort>>(json));
    private static readonly Alike<V1EndpointConditions> Conditions = new(json => KubernetesJson.Deserialize<V1EndpointConditions>(json));
    private static readonly Alike<V1EndpointHints> Hints = new(json => KubernetesJson.Deserialize<V1EndpointHints>(json));

    public static V1EndpointSlice Read(JsonElement resource)
    {
        var metadata = resource.GetProperty("metadata");
        return new()
        {
            Metadata = new()
            {
                Name = Texts.Of(metadata, "name"),
                NamespaceProperty = Texts.Of(metadata, "namespace"),
                Uid = Texts.Of(metadata, "uid"),
                ResourceVersion = WatchedKind.Text(metadata, "resourceVersion"),
                Labels = Find(metadata, "labels", JsonValueKind.Object) is { } labels && Texts.Find(labels, WellKnown.ServiceNameLabel) is { } service
                    ? new Dictionary<string, string>(1, StringComparer.Ordinal) { [WellKnown.ServiceNameLabel] = service }
                    : null,
            },
            AddressType = Texts.Of(resource, "addressType"),
            Ports = Find(resource, "ports", JsonValueKind.Array) is { } ports ? Ports.Of(ports) : null,
            Endpoints = Find(resource, "endpoints", JsonValueKind.Array) is { } endpoints ? [.. endpoints.EnumerateArray().Select(ReadEndpoint)] : [],
        };
    }

    private static V1Endpoint ReadEndpoint(JsonElement endpoint) => new()
    {
        Addresses = Find(endpoint, "addresses", JsonValueKind.Array) is { } addresses ? (string[])[.. addresses.EnumerateArray().Select(Texts.Of)] : [],
        Conditions = Find(endpoint, "conditions", JsonValueKind.Object) is { } conditions ? Conditions.Of(conditions) : null,
        TargetRef = Find(endpoint, "targetRef", JsonValueKind.Object) is { } target
            ? new() { Kind = Texts.Find(target, "kind"), Name = Texts.Find(target, "name"), NamespaceProperty = Texts.Find(target, "namespace") }
            : null,
        Hostname = Texts.Find(endpoint, "hostname"),
        NodeName = Texts.Find(endpoint, "nodeName"),
        Zone = Texts.Find(endpoint, "zone"),
        Hints = Find(endpoint, "hints", JsonValueKind.Object) is { } hints ? Hints.Of(hints) : null,
    };

    private static JsonElement? Find(JsonElement parent, string name, JsonValueKind kind) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;
}
