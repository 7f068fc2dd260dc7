using System.Text.Json.Serialization;

namespace Mesh.Cli.Lint;

internal sealed record Finding(
    Severity Severity,
    string File,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Line,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Object,
    string Message);
