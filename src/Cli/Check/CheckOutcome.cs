using System.Text.Json.Serialization;

namespace Mesh.Cli.Check;

[JsonConverter(typeof(JsonStringEnumConverter<CheckOutcome>))]
internal enum CheckOutcome
{
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>It works, and will not always, or not for all.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,

    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>It could not be looked at.</summary>
    [JsonStringEnumMemberName("skipped")]
    Skipped,
}
