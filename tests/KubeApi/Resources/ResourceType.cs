using Mesh.KubeApi.Kinds;
using Mesh.KubeApi.Schemas;
using Mesh.KubeApi.Tables;

namespace Mesh.KubeApi.Resources;

/// <summary>A kind in one of its versions: what discovery says of it, and what makes it differ from any other kind.</summary>
internal sealed record ResourceType
{
    public required string Group { get; init; }

    public required string Version { get; init; }

    public required string Kind { get; init; }

    public required string Plural { get; init; }

    public required string Singular { get; init; }

    public required bool Namespaced { get; init; }

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    public required bool HasStatus { get; init; }

    /// <summary>Whether metadata.generation counts the changes of the desired state.</summary>
    public bool CountsGeneration { get; init; }

    public required ObjectSchema Schema { get; init; }

    /// <summary>A custom resource: plain JSON merge instead of strategic merge, pruned and defaulted by its own schema.</summary>
    public bool IsCustom { get; init; }

    /// <summary>The fields that a field selector may name, beside metadata.name and metadata.namespace.</summary>
    public IReadOnlyList<string> SelectableFields { get; init; } = [];

    public IReadOnlyList<Column> Columns { get; init; } = [];

    public KindRules Rules { get; init; } = KindRules.None;

    public string GroupVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The key in storage, which the versions of a kind share.</summary>
    public string StorageName => Rules.StorageName ?? $"{Group}/{Plural}";

    /// <summary>As messages name the resource: <c>deployments.apps</c>.</summary>
    public string QualifiedPlural => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>As messages name the kind: <c>Deployment.apps</c>.</summary>
    public string QualifiedKind => Group.Length == 0 ? Kind : $"{Kind}.{Group}";
}
