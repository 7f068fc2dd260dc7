using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>Which requests: those of which all that is set holds.</summary>
public class RequestMatchSettings
{
    /// <summary>Those that carry a header.</summary>
    [JsonPropertyName("header")]
    public HeaderMatchSettings? Header { get; set; }

    /// <summary>
    /// Those of a caller: SPIFFE ids or <c>namespace/service-account</c>, of which <c>*</c> stands for any run of characters. One must
    /// match; at most 32.
    /// </summary>
    [JsonPropertyName("identities")]
    public IReadOnlyList<string>? Identities { get; set; }
}

/// <summary>A header that a request carries.</summary>
public sealed class HeaderMatchSettings
{
    /// <summary>Its name, in any case.</summary>
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";

    /// <summary>Its values, of which one must be equal; at most 16. Default: any value.</summary>
    [JsonPropertyName("values")]
    public IReadOnlyList<string>? Values { get; set; }
}
