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

/// <summary>A TrafficPolicy's wishes: its targets, whether they take effect, and the fields shared with MeshConfig's defaults.</summary>
public sealed class TrafficPolicySpec : TrafficSettings
{
    /// <summary>The services it attaches to; 1 to 16.</summary>
    [JsonPropertyName("targetRefs")]
    public IReadOnlyList<PolicyTargetReference> TargetRefs { get; set; } = [];

    /// <summary>Whether it takes effect, or is only evaluated on live traffic and counted. Default: Enforce.</summary>
    [JsonPropertyName("mode")]
    public PolicyMode? Mode { get; set; }
}

/// <summary>What becomes of a policy's decisions.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PolicyMode>))]
public enum PolicyMode
{
    /// <summary>They take effect.</summary>
    Enforce,

    /// <summary>They are counted on live traffic, and change nothing.</summary>
    Shadow,
}
