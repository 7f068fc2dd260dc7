using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>How to choose an endpoint.</summary>
public sealed class LoadBalancerSettings
{
    /// <summary>The algorithm. Default: PeakEwma.</summary>
    [JsonPropertyName("algorithm")]
    public Algorithm? Algorithm { get; set; }

    /// <summary>What RingHash and Maglev go by, which need it. Merged as one field.</summary>
    [JsonPropertyName("hash")]
    public HashSettings? Hash { get; set; }

    /// <summary>The time over which a new endpoint comes up to its full share, 1 ms to 1 h. Default: at once.</summary>
    [JsonPropertyName("slowStart")]
    public MeshDuration? SlowStart { get; set; }

    /// <summary>What zones mean. Default: Hints.</summary>
    [JsonPropertyName("zone")]
    public Zone? Zone { get; set; }
}

/// <summary>What makes requests go to the same endpoint: exactly one of the three.</summary>
public sealed class HashSettings
{
    /// <summary>The value of this header, its name in any case.</summary>
    [JsonPropertyName("header")]
    public string? Header { get; set; }

    /// <summary>The value of this cookie.</summary>
    [JsonPropertyName("cookie")]
    public string? Cookie { get; set; }

    /// <summary>The caller: the client's address, as the client's sidecar sees it.</summary>
    [JsonPropertyName("caller")]
    public bool? Caller { get; set; }
}

/// <summary>A way to choose an endpoint.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Algorithm>))]
public enum Algorithm
{
    /// <summary>Of two at random, the one with the lower peak-sensitive latency average times its requests in flight.</summary>
    PeakEwma,

    /// <summary>Of two at random, the one with fewer requests in flight.</summary>
    LeastRequest,

    /// <summary>Each in turn.</summary>
    RoundRobin,

    /// <summary>Any.</summary>
    Random,

    /// <summary>The one next to the hash on a ring: when an endpoint comes or goes, only its share moves.</summary>
    RingHash,

    /// <summary>The one in the hash's place of a table: evener than a ring, and a little more moves.</summary>
    Maglev,
}

/// <summary>What zones mean to the choice of an endpoint.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Zone>))]
public enum Zone
{
    /// <summary>Nothing.</summary>
    Any,

    /// <summary>EndpointSlice hints are honoured.</summary>
    Hints,

    /// <summary>As Hints, and endpoints of the proxy's own zone are preferred until others are much better by load or health.</summary>
    Prefer,
}
