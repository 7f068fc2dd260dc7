using System.Diagnostics.CodeAnalysis;
using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Api.Resources;

namespace Mesh.Api.Authorization;

/// <summary>Who is let in where no Allow policy applies: what the namespace says, then what MeshConfig does, then everyone.</summary>
public static class DefaultAccessAnnotation
{
    /// <summary>On a namespace: all, mesh, namespace or none, in any case.</summary>
    public const string Name = "mesh.io/default-authorization";

    /// <summary>What it may be.</summary>
    public const string Expected = "all, mesh, namespace or none";

    /// <summary>What holds in a namespace.</summary>
    /// <param name="space">Null where it is not known.</param>
    /// <param name="config">Null where there is none.</param>
    /// <param name="problem">What could not be read, and lets nobody in; null where all could.</param>
    public static DefaultAuthorization Read(V1Namespace? space, MeshConfig? config, out string? problem)
    {
        problem = null;
        if (space?.Metadata.Annotations is not { } annotations || !annotations.TryGetValue(Name, out var text)) return Compile(config?.Spec.Authorization?.Default ?? DefaultAccess.All);
        if (TryParse(text, out var access)) return Compile(access.Value);
        problem = $"Namespace {space.Metadata.Name}: annotation {Name}: found \"{text}\", expected {Expected}; taken as none";
        return DefaultAuthorization.Nobody;
    }

    /// <summary>Reads it, in any case.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DefaultAccess? access)
    {
        ArgumentNullException.ThrowIfNull(text);
        access = text.Trim().ToUpperInvariant() switch
        {
            "ALL" => DefaultAccess.All,
            "MESH" => DefaultAccess.Mesh,
            "NAMESPACE" => DefaultAccess.Namespace,
            "NONE" => DefaultAccess.None,
            _ => null,
        };
        return access is not null;
    }

    private static DefaultAuthorization Compile(DefaultAccess access) => access switch
    {
        DefaultAccess.All => DefaultAuthorization.Everyone,
        DefaultAccess.Mesh => DefaultAuthorization.Mesh,
        DefaultAccess.Namespace => DefaultAuthorization.SameNamespace,
        _ => DefaultAuthorization.Nobody,
    };
}
