using k8s;
using k8s.Models;

namespace Mesh.Api.Resources;

/// <summary>What a file of manifests says.</summary>
public sealed record ManifestFile
{
    /// <summary>The objects without error, in the file's order, defaults filled in.</summary>
    public required IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects { get; init; }

    /// <summary>Everything that is wrong, in the file's order.</summary>
    public required IReadOnlyList<ManifestError> Errors { get; init; }

    /// <summary>The objects that have an error, so that their last good state can be kept.</summary>
    public required IReadOnlyList<ObjectKey> Refused { get; init; }

    /// <summary>
    /// Of each AuthorizationPolicy that is refused as much of what it applies to as can be read: it is not as if it weren't there, all
    /// that it applies to is refused.
    /// </summary>
    public required IReadOnlyList<AuthorizationPolicy> Unreadable { get; init; }

    /// <summary>Where each object begins that is good or refused: the line of its first definition, counted from 1.</summary>
    public required IReadOnlyDictionary<ObjectKey, int> Lines { get; init; }

    /// <summary>The objects of kinds that mean nothing to the mesh.</summary>
    public required IReadOnlyList<ObjectKey> Ignored { get; init; }

    /// <summary>
    /// Whether every object in the file could be told by kind and name. Where not (the text is no YAML, a name is missing), an
    /// object that stood in the file before and stands in neither list now may be one of those.
    /// </summary>
    public required bool IsComplete { get; init; }
}
