using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>
/// A second attempt while the first has not been answered, for requests that may be sent again though the application may have
/// seen them; paid from the retry budget. One of the two, or both. Merged as one field.
/// </summary>
public sealed class HedgingSettings
{
    /// <summary>The fixed delay before it, 1 ms to 1 h; with <see cref="Percentile"/>, the delay until enough has been observed.</summary>
    [JsonPropertyName("delay")]
    public MeshDuration? Delay { get; set; }

    /// <summary>The observed percentile of the time to the response's head that is the delay, 50 to 99.</summary>
    [JsonPropertyName("percentile")]
    public int? Percentile { get; set; }
}
