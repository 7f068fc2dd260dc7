using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Mesh.Api.Resources;

/// <summary>
/// What the mesh does for traffic to a service: how long it waits, what it sends again, how it spreads load.
/// In the service's namespace it holds for every client; in another namespace for that namespace's clients only, over the
/// producer's policy field by field. Where two policies of equal standing claim one field, the older wins.
/// </summary>
[KubernetesEntity(Group = MeshApi.Group, ApiVersion = MeshApi.Version, Kind = KubeKind, PluralName = KubePlural)]
public sealed class TrafficPolicy : IKubernetesObject<V1ObjectMeta>, ISpec<TrafficPolicySpec>, IStatus<PolicyStatus?>
{
    /// <summary>The kind, as manifests name it.</summary>
    public const string KubeKind = "TrafficPolicy";

    /// <summary>The plural, as URLs name it.</summary>
    public const string KubePlural = "trafficpolicies";

    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = MeshApi.GroupVersion;

    /// <inheritdoc/>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = KubeKind;

    /// <inheritdoc/>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <inheritdoc/>
    [JsonPropertyName("spec")]
    public TrafficPolicySpec Spec { get; set; } = new();

    /// <inheritdoc/>
    [JsonPropertyName("status")]
    public PolicyStatus? Status { get; set; }
}

/// <summary>A TrafficPolicy's wishes: its targets, and the fields shared with MeshConfig's defaults.</summary>
public sealed class TrafficPolicySpec : TrafficSettings
{
    /// <summary>The services it attaches to; 1 to 16.</summary>
    [JsonPropertyName("targetRefs")]
    public IReadOnlyList<PolicyTargetReference> TargetRefs { get; set; } = [];
}

/// <summary>What a policy attaches to. The shape is Gateway API's NamespacedPolicyTargetReference.</summary>
public sealed class PolicyTargetReference
{
    /// <summary>The API group; empty for core. Default: empty.</summary>
    [JsonPropertyName("group")]
    public string Group { get; set; } = "";

    /// <summary>The kind; <c>Service</c> is the one there is. Default: Service.</summary>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "Service";

    /// <summary>The object's name.</summary>
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";

    /// <summary>The object's namespace. Default: the policy's own.</summary>
    [JsonPropertyName("namespace")]
    public string? Namespace { get; set; }
}

/// <summary>
/// The fields that decide how traffic is treated. Every one is optional: an absent field leaves the word to a less specific
/// policy, then to MeshConfig's defaults, then to the mesh's own.
/// </summary>
public class TrafficSettings
{
    /// <summary>How long to wait.</summary>
    [JsonPropertyName("timeouts")]
    public TimeoutSettings? Timeouts { get; set; }

    /// <summary>What to send again.</summary>
    [JsonPropertyName("retries")]
    public RetrySettings? Retries { get; set; }

    /// <summary>How to choose an endpoint.</summary>
    [JsonPropertyName("loadBalancer")]
    public LoadBalancerSettings? LoadBalancer { get; set; }
}

/// <summary>How long to wait. Each is 1 ms to 1 h.</summary>
public sealed class TimeoutSettings
{
    /// <summary>From the request's head to the response's, all attempts included. Default: none.</summary>
    [JsonPropertyName("request")]
    public MeshDuration? Request { get; set; }

    /// <summary>The same for each attempt; at most <see cref="Request"/>. Default: none.</summary>
    [JsonPropertyName("attempt")]
    public MeshDuration? Attempt { get; set; }

    /// <summary>For a new connection to an endpoint. Default: 1 s.</summary>
    [JsonPropertyName("connect")]
    public MeshDuration? Connect { get; set; }
}

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

    /// <summary>
    /// The methods that may be sent again though the application may have seen them. Default: GET, HEAD, OPTIONS, TRACE, PUT,
    /// DELETE, the idempotent ones of RFC 9110 section 9.2.2. What never reached the application is re-sent whatever its method.
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

/// <summary>How to choose an endpoint.</summary>
public sealed class LoadBalancerSettings
{
    /// <summary>The algorithm. Default: PeakEwma.</summary>
    [JsonPropertyName("algorithm")]
    public Algorithm? Algorithm { get; set; }
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
}
