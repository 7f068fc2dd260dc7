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

    /// <summary>Who workloads are.</summary>
    [JsonPropertyName("identity")]
    public IdentitySettings? Identity { get; set; }

    /// <summary>Mutual TLS between sidecars.</summary>
    [JsonPropertyName("mtls")]
    public MtlsSettings? Mtls { get; set; }

    /// <summary>Who may do what, where no AuthorizationPolicy says.</summary>
    [JsonPropertyName("authorization")]
    public AuthorizationSettings? Authorization { get; set; }

    /// <summary>The sidecar that pods get.</summary>
    [JsonPropertyName("proxy")]
    public ProxySettings? Proxy { get; set; }
}

/// <summary>Who workloads are.</summary>
public sealed class IdentitySettings
{
    /// <summary>What stands first in every identity. Default: cluster.local.</summary>
    [JsonPropertyName("trustDomain")]
    public string? TrustDomain { get; set; }

    /// <summary>How long a workload's certificate lives; it is renewed at two thirds. 1m to 720h; default: 24h.</summary>
    [JsonPropertyName("certificateLifetime")]
    public MeshDuration? CertificateLifetime { get; set; }

    /// <summary>How long a trust anchor lives that the operator makes. 24h to 87600h; default: 8760h.</summary>
    [JsonPropertyName("anchorLifetime")]
    public MeshDuration? AnchorLifetime { get; set; }

    /// <summary>The age at which the operator replaces a trust anchor that it made. 1h to 87600h; default: two thirds of its life.</summary>
    [JsonPropertyName("rotateAnchorAfter")]
    public MeshDuration? RotateAnchorAfter { get; set; }
}

/// <summary>Mutual TLS between sidecars.</summary>
public sealed class MtlsSettings
{
    /// <summary>What holds where no annotation is more specific. Default: Permissive.</summary>
    [JsonPropertyName("mode")]
    public MutualTls? Mode { get; set; }
}

/// <summary>Who may do what, where no AuthorizationPolicy says.</summary>
public sealed class AuthorizationSettings
{
    /// <summary>Who is let in where no Allow policy applies. Default: All.</summary>
    [JsonPropertyName("default")]
    public DefaultAccess? Default { get; set; }
}

/// <summary>The sidecar that pods get.</summary>
public sealed class ProxySettings
{
    /// <summary>Its image. Default: the one that came with the operator.</summary>
    [JsonPropertyName("image")]
    public string? Image { get; set; }

    /// <summary>
    /// Whence a pod's annotation may choose another image: registries or folders of them. Default: none, only other images of the
    /// same repository.
    /// </summary>
    [JsonPropertyName("imageRegistries")]
    public IReadOnlyList<string>? ImageRegistries { get; set; }

    /// <summary>How a pod's connections come to its sidecar. Default: Init.</summary>
    [JsonPropertyName("interception")]
    public InterceptionMode? Interception { get; set; }
}
