using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>How much may be in flight, and what becomes of the rest.</summary>
public sealed class ConcurrencySettings
{
    /// <summary>Requests in flight from one proxy to the destination, 0 to 1000000; 0: no limit. Default: 0.</summary>
    [JsonPropertyName("maxRequests")]
    public int? MaxRequests { get; set; }

    /// <summary>Where requests beyond <see cref="MaxRequests"/> wait.</summary>
    [JsonPropertyName("queue")]
    public QueueSettings? Queue { get; set; }

    /// <summary>A limit that finds itself, at the endpoint's sidecar. Default: none. Merged as one field.</summary>
    [JsonPropertyName("adaptive")]
    public AdaptiveSettings? Adaptive { get; set; }

    /// <summary>What is shed last: the first rule that matches gives a request's priority. At most 32. Default: every request has 0.</summary>
    [JsonPropertyName("priorities")]
    public IReadOnlyList<PrioritySettings>? Priorities { get; set; }
}

/// <summary>Where requests beyond the limit wait.</summary>
public sealed class QueueSettings
{
    /// <summary>Requests that may wait, 0 to 100000; 0: none do. Default: 0.</summary>
    [JsonPropertyName("length")]
    public int? Length { get; set; }

    /// <summary>How long each waits at most, 1 ms to 1 h. Default: 1 s.</summary>
    [JsonPropertyName("timeout")]
    public MeshDuration? Timeout { get; set; }
}

/// <summary>The bounds of the limit that the gradient of the application's latency finds.</summary>
public sealed class AdaptiveSettings
{
    /// <summary>What <see cref="MinLimit"/> is where it is absent.</summary>
    public const int DefaultMinLimit = 4;

    /// <summary>What <see cref="MaxLimit"/> is where it is absent.</summary>
    public const int DefaultMaxLimit = 1000;

    /// <summary>The limit's lower end, 1 to 100000; at most <see cref="MaxLimit"/>. Default: 4.</summary>
    [JsonPropertyName("minLimit")]
    public int? MinLimit { get; set; }

    /// <summary>The limit's upper end, 1 to 100000. Default: 1000.</summary>
    [JsonPropertyName("maxLimit")]
    public int? MaxLimit { get; set; }
}

/// <summary>A priority, and the requests that have it.</summary>
public sealed class PrioritySettings : RequestMatchSettings
{
    /// <summary>-100 to 100; what is lower is shed first.</summary>
    [JsonPropertyName("priority")]
    public int Priority { get; set; }
}
