using System.Text.Json.Serialization;

namespace Mesh.Cli.Lint;

[JsonConverter(typeof(JsonStringEnumConverter<Severity>))]
internal enum Severity
{
    /// <summary>The manifest won't be accepted.</summary>
    [JsonStringEnumMemberName("error")]
    Error,

    /// <summary>The manifest is valid and may not do what its author thinks.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,
}
