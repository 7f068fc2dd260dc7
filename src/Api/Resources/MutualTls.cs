using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>Whether a pod's peers prove who they are.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MutualTls>))]
public enum MutualTls
{
    /// <summary>They may; those that don't are let in as unauthenticated.</summary>
    Permissive,

    /// <summary>They must: connections without a verified identity are refused.</summary>
    Strict,

    /// <summary>Mutual TLS is neither offered nor taken.</summary>
    Off,
}
