using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Identity;

namespace Mesh.Api.Injection;

/// <summary>What sidecars come by their identity with.</summary>
/// <param name="Operator">Whom the operator has to prove to be.</param>
/// <param name="TrustAnchors">PEM: whom a sidecar believes when it starts. A rotation reaches it later, by the operator.</param>
public sealed record SidecarIdentity(SpiffeId Operator, string TrustAnchors)
{
    /// <summary>The audience of the sidecar's token: no other program takes it, and the operator takes no other.</summary>
    public const string Audience = "mesh.io";

    private const string TokenVolume = "mesh-identity-token";
    private const string TokenFolder = "/var/run/secrets/mesh.io";
    private const string CacheVolume = "mesh-identity-cache";
    private const string CacheFolder = "/var/run/mesh.io/identity";

    // The kubelet makes another when four fifths are over; the operator is asked once in 16 hours, or at a restart.
    private const int TokenSeconds = 3600;

    /// <summary>The volumes' names, which no volume of the pod's own can have.</summary>
    internal static IReadOnlyList<string> Volumes { get; } = [TokenVolume, CacheVolume];

    /// <summary>What the proxy is told.</summary>
    public IEnumerable<V1EnvVar> Variables =>
    [
        new() { Name = "MESH_OPERATOR_IDENTITY", Value = Operator.ToString() },
        new() { Name = "MESH_TRUST_ANCHORS", Value = TrustAnchors },
        new() { Name = "MESH_TOKEN_FILE", Value = $"{TokenFolder}/token" },
        new() { Name = "MESH_IDENTITY_CACHE", Value = CacheFolder },
    ];

    /// <summary>Where its container has the volumes.</summary>
    public static IEnumerable<V1VolumeMount> Mounts =>
    [
        new() { Name = TokenVolume, MountPath = TokenFolder, ReadOnlyProperty = true },
        new() { Name = CacheVolume, MountPath = CacheFolder },
    ];

    /// <summary>Gives the pod the volumes: its token, for our audience alone, and a place for trust anchors that are learnt later.</summary>
    public static IEnumerable<JsonPatchOperation> AddVolumes(V1Pod pod)
    {
        ArgumentNullException.ThrowIfNull(pod);
        var volumes = new[] { Token(), Cache() }.Select(volume => JsonNode.Parse(KubernetesJson.Serialize(volume))!).ToArray();
        return pod.Spec.Volumes is { Count: > 0 }
            ? volumes.Select(volume => JsonPatchOperation.Add(["spec", "volumes", "-"], volume))
            : [JsonPatchOperation.Add(["spec", "volumes"], new JsonArray(volumes))];
    }

    private static V1Volume Token() => new()
    {
        Name = TokenVolume,
        Projected = new() { Sources = [new() { ServiceAccountToken = new() { Audience = Audience, ExpirationSeconds = TokenSeconds, Path = "token" } }] },
    };

    private static V1Volume Cache() => new() { Name = CacheVolume, EmptyDir = new() { SizeLimit = new("1Mi") } };
}
