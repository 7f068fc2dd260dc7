using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>What to send again, how often, and what share of traffic that may cost.</summary>
public sealed class RetrySettings
{
    private IReadOnlyList<RetryOn>? _on;
    private IReadOnlyList<RetryOn>? _onUnquoted;

    /// <summary>Re-sends after the first try, 0 to 10. Default: 2.</summary>
    [JsonPropertyName("attempts")]
    public int? Attempts { get; set; }

    /// <summary>The failures worth another try. Default: ConnectFailure and RefusedStream.</summary>
    [JsonPropertyName("on")]
    public IReadOnlyList<RetryOn>? On
    {
        get => _on ?? _onUnquoted;
        set => _on = value;
    }

    /// <summary>
    /// Sets <see cref="On"/> under the name that kubectl gives an unquoted <c>on</c>, which YAML 1.1 reads as a boolean. Reads as
    /// null, so that it is never written.
    /// </summary>
    [JsonPropertyName("true")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<RetryOn>? OnUnquoted
    {
        get => null;
        set => _onUnquoted = value;
    }

    internal bool NamesOnTwice => _on is not null && _onUnquoted is not null;

    /// <summary>Status codes worth another try beside those of <see cref="On"/>, 400 to 599; at most 32. Default: none.</summary>
    [JsonPropertyName("statusCodes")]
    public IReadOnlyList<int>? StatusCodes { get; set; }

    /// <summary>gRPC codes worth another try beside those of <see cref="On"/>, from headers and trailers. Default: none.</summary>
    [JsonPropertyName("grpcCodes")]
    public IReadOnlyList<GrpcCode>? GrpcCodes { get; set; }

    /// <summary>
    /// The methods that may be sent again though the application may have seen them. Default: GET, HEAD, OPTIONS, TRACE, PUT,
    /// DELETE, the idempotent ones of RFC 9110 section 9.2.2. What never reached the application is re-sent whatever its method,
    /// and what carries an Idempotency-Key as if its method were listed.
    /// </summary>
    [JsonPropertyName("methods")]
    public IReadOnlyList<string>? Methods { get; set; }

    /// <summary>How long to wait before a re-send.</summary>
    [JsonPropertyName("backoff")]
    public BackoffSettings? Backoff { get; set; }

    /// <summary>What retries may cost.</summary>
    [JsonPropertyName("budget")]
    public RetryBudgetSettings? Budget { get; set; }
}

/// <summary>A failure that may be worth another try.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RetryOn>))]
public enum RetryOn
{
    /// <summary>The connection could not be established, or not in time.</summary>
    ConnectFailure,

    /// <summary>HTTP/2 REFUSED_STREAM, or a GOAWAY that excludes the stream.</summary>
    RefusedStream,

    /// <summary>The connection broke before the response's head came.</summary>
    Reset,

    /// <summary>502, 503, 504; gRPC UNAVAILABLE.</summary>
    GatewayError,

    /// <summary>Any 5xx; gRPC UNKNOWN, INTERNAL, UNAVAILABLE, DATA_LOSS.</summary>
    ServerError,

    /// <summary>The attempt timeout passed.</summary>
    AttemptTimeout,
}

/// <summary>Full-jitter exponential back-off.</summary>
public sealed class BackoffSettings
{
    /// <summary>The first wait's upper end; it doubles with each re-send. Default: 25 ms.</summary>
    [JsonPropertyName("base")]
    public MeshDuration? Base { get; set; }

    /// <summary>The upper end of all waits; at least <see cref="Base"/>. Default: 250 ms.</summary>
    [JsonPropertyName("max")]
    public MeshDuration? Max { get; set; }
}

/// <summary>What retries may cost: a share of the requests, and a floor for quiet destinations.</summary>
public sealed class RetryBudgetSettings
{
    /// <summary>Retries as a share of requests, 0 to 100 percent. Default: 20.</summary>
    [JsonPropertyName("percent")]
    public int? Percent { get; set; }

    /// <summary>Retries allowed each second whatever the share, 0 to 1000000. Default: 10.</summary>
    [JsonPropertyName("minPerSecond")]
    public int? MinPerSecond { get; set; }
}
