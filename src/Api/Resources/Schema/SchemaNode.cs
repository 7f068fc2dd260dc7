using System.Text.Json.Nodes;

namespace Mesh.Api.Resources.Schema;

/// <summary>A structural schema in the form that values are checked against: references resolved, patterns compiled.</summary>
internal sealed record SchemaNode
{
    public static readonly SchemaNode Anything = new() { PreservesUnknownFields = true };

    /// <summary>object, array, string, integer, number or boolean; null where any will do.</summary>
    public string? Type { get; init; }

    public string? Format { get; init; }

    public bool IsNullable { get; init; }

    public bool IsIntOrString { get; init; }

    /// <summary>Fields beside <see cref="Properties"/> are kept as they are.</summary>
    public bool PreservesUnknownFields { get; init; }

    /// <summary>The value is an object with its own apiVersion, kind and metadata.</summary>
    public bool IsResource { get; init; }

    public IReadOnlyDictionary<string, SchemaNode> Properties { get; set; } = new Dictionary<string, SchemaNode>();

    /// <summary>The schema of every value of a map.</summary>
    public SchemaNode? AdditionalProperties { get; init; }

    public SchemaNode? Items { get; init; }

    public IReadOnlyList<string> Required { get; init; } = [];

    public IReadOnlyList<JsonNode?> Enum { get; init; } = [];

    public JsonNode? Default { get; init; }

    public SchemaPattern? Pattern { get; init; }

    public double? Minimum { get; init; }

    public double? Maximum { get; init; }

    public bool MinimumIsExclusive { get; init; }

    public bool MaximumIsExclusive { get; init; }

    public double? MultipleOf { get; init; }

    public long? MinLength { get; init; }

    public long? MaxLength { get; init; }

    public long? MinItems { get; init; }

    public long? MaxItems { get; init; }

    public long? MinProperties { get; init; }

    public long? MaxProperties { get; init; }

    /// <summary>No two items are equal: x-kubernetes-list-type set.</summary>
    public bool IsSet { get; init; }

    /// <summary>The fields that tell items apart: x-kubernetes-list-map-keys of list-type map.</summary>
    public IReadOnlyList<string> MapKeys { get; init; } = [];

    public IReadOnlyList<SchemaNode> AllOf { get; init; } = [];

    public IReadOnlyList<SchemaNode> AnyOf { get; init; } = [];

    public IReadOnlyList<SchemaNode> OneOf { get; init; } = [];

    public SchemaNode? Not { get; init; }
}
