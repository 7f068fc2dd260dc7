using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>How long to wait. Each is 1 ms to 1 h.</summary>
public sealed class TimeoutSettings
{
    /// <summary>From the request's head to the response's, all attempts included. Default: none.</summary>
    [JsonPropertyName("request")]
    public MeshDuration? Request { get; set; }

    /// <summary>The same for each attempt; at most <see cref="Request"/>. Default: none.</summary>
    [JsonPropertyName("attempt")]
    public MeshDuration? Attempt { get; set; }

    /// <summary>For a new connection to an endpoint. Default: 1 s.</summary>
    [JsonPropertyName("connect")]
    public MeshDuration? Connect { get; set; }

    /// <summary>Without a byte in either direction, once the response's head has come: streams, upgrades, TCP. Default: none.</summary>
    [JsonPropertyName("idle")]
    public MeshDuration? Idle { get; set; }
}
