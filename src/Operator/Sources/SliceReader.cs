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
            Metadata = ObjectJson.ReadMetadata(metadata,
                labels: metadata.Find("labels", JsonValueKind.Object) is { } labels && Texts.Find(labels, WellKnown.ServiceNameLabel) is { } service
                    ? new Dictionary<string, string>(1, StringComparer.Ordinal) { [WellKnown.ServiceNameLabel] = service }
                    : null),
            AddressType = Texts.Of(resource, "addressType"),
            Ports = resource.Find("ports", JsonValueKind.Array) is { } ports ? Ports.Of(ports) : null,
            Endpoints = resource.Find("endpoints", JsonValueKind.Array) is { } endpoints ? [.. endpoints.EnumerateArray().Select(ReadEndpoint)] : [],
        };
    }

    private static V1Endpoint ReadEndpoint(JsonElement endpoint) => new()
    {
        Addresses = endpoint.Find("addresses", JsonValueKind.Array) is { } addresses ? (string[])[.. addresses.EnumerateArray().Select(Texts.Of)] : [],
        Conditions = endpoint.Find("conditions", JsonValueKind.Object) is { } conditions ? Conditions.Of(conditions) : null,
        TargetRef = endpoint.Find("targetRef", JsonValueKind.Object) is { } target
            ? new() { Kind = Texts.Find(target, "kind"), Name = Texts.Find(target, "name"), NamespaceProperty = Texts.Find(target, "namespace") }
            : null,
        Hostname = Texts.Find(endpoint, "hostname"),
        NodeName = Texts.Find(endpoint, "nodeName"),
        Zone = Texts.Find(endpoint, "zone"),
        Hints = endpoint.Find("hints", JsonValueKind.Object) is { } hints ? Hints.Of(hints) : null,
    };
}
