using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Mesh.Api.Resources;

/// <summary>What holds for the whole mesh. Cluster-scoped; the one named <see cref="DefaultName"/> counts.</summary>
[KubernetesEntity(Group = MeshApi.Group, ApiVersion = MeshApi.Version, Kind = KubeKind, PluralName = KubePlural)]
public sealed class MeshConfig : IKubernetesObject<V1ObjectMeta>, ISpec<MeshConfigSpec>, IStatus<PolicyStatus?>
{
    /// <summary>The kind, as manifests name it.</summary>
    public const string KubeKind = "MeshConfig";

    /// <summary>The plural, as URLs name it.</summary>
    public const string KubePlural = "meshconfigs";

    /// <summary>The name of the one that counts.</summary>
    public const string DefaultName = "default";

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
    public MeshConfigSpec Spec { get; set; } = new();

    /// <inheritdoc/>
    [JsonPropertyName("status")]
    public PolicyStatus? Status { get; set; }
}

/// <summary>What holds for the whole mesh.</summary>
public sealed class MeshConfigSpec
{
    /// <summary>The suffix of service names. Default: cluster.local.</summary>
    [JsonPropertyName("clusterDomain")]
    public string? ClusterDomain { get; set; }

    /// <summary>What holds for every destination where no policy says otherwise.</summary>
    [JsonPropertyName("defaults")]
    public TrafficSettings? Defaults { get; set; }

    /// <summary>The sidecar that pods get.</summary>
    [JsonPropertyName("proxy")]
    public ProxySettings? Proxy { get; set; }
}

/// <summary>The sidecar that pods get.</summary>
public sealed class ProxySettings
{
    /// <summary>Its image. Default: the one that came with the operator.</summary>
    [JsonPropertyName("image")]
    public string? Image { get; set; }

    /// <summary>How a pod's connections come to its sidecar. Default: Init.</summary>
    [JsonPropertyName("interception")]
    public InterceptionMode? Interception { get; set; }
}
