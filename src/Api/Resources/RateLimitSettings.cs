using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>How much may come in, at the endpoint's sidecar. Each that is set must let a request through. Each is merged as one field.</summary>
public sealed class RateLimitSettings
{
    /// <summary>For all requests together. Default: none.</summary>
    [JsonPropertyName("total")]
    public TokenBucketSettings? Total { get; set; }

    /// <summary>For each caller: its identity, or its address where it has none. Default: none.</summary>
    [JsonPropertyName("caller")]
    public TokenBucketSettings? Caller { get; set; }

    /// <summary>For each value of a header; requests without it share one. Default: none.</summary>
    [JsonPropertyName("header")]
    public HeaderTokenBucketSettings? Header { get; set; }
}

/// <summary>A token bucket: so many requests per time, and so many at once after a pause.</summary>
public class TokenBucketSettings
{
    /// <summary>Requests in the time of <see cref="Per"/>, 1 to 1000000.</summary>
    [JsonPropertyName("requests")]
    public int Requests { get; set; }

    /// <summary>The time that <see cref="Requests"/> are for, 1 ms to 1 h. Default: 1 s.</summary>
    [JsonPropertyName("per")]
    public MeshDuration? Per { get; set; }

    /// <summary>What may come at once after a pause, 1 to 1000000. Default: <see cref="Requests"/>.</summary>
    [JsonPropertyName("burst")]
    public int? Burst { get; set; }
}

/// <summary>A token bucket for each value of a header.</summary>
public sealed class HeaderTokenBucketSettings : TokenBucketSettings
{
    /// <summary>The header's name, in any case.</summary>
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";
}
