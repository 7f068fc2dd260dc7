using System.Text.Json.Serialization;

namespace Mesh.Cli.Check;

internal sealed record CheckResult(
    string Category,
    string Name,
    CheckOutcome Outcome,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Found,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Hint);
