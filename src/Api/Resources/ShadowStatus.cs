using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>What a policy would have done, were its mode not Shadow.</summary>
public sealed class ShadowStatus
{
    /// <summary>When counting began.</summary>
    [JsonPropertyName("since")]
    public DateTime Since { get; set; }

    /// <summary>The requests that the policy was evaluated on.</summary>
    [JsonPropertyName("requests")]
    public long Requests { get; set; }

    /// <summary>What it would have done, the most frequent first.</summary>
    [JsonPropertyName("decisions")]
    public IReadOnlyList<ShadowDecisionStatus>? Decisions { get; set; }

    /// <summary>The endpoints that it would have ejected, at most ten.</summary>
    [JsonPropertyName("ejected")]
    public IReadOnlyList<string>? Ejected { get; set; }
}

/// <summary>One kind of decision that a policy would have made.</summary>
public sealed class ShadowDecisionStatus
{
    /// <summary>Which, as discovery.proto names it: <c>request-timeout</c>, <c>retry</c>, <c>eject</c>.</summary>
    [JsonPropertyName("decision")]
    public string Decision { get; set; } = "";

    /// <summary>How often.</summary>
    [JsonPropertyName("count")]
    public long Count { get; set; }

    /// <summary>The same as a share of the requests, in percent: <c>0.3</c>.</summary>
    [JsonPropertyName("percent")]
    public string Percent { get; set; } = "";
}
