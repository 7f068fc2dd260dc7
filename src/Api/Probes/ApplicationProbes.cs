using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Api.Probes;

/// <summary>
/// The application's probes as the injector hands them to the sidecar: JSON, by the path that the kubelet asks the sidecar at,
/// <c>{"/app/web/liveness": {"httpGet": {"port": 8080, "path": "/healthz"}}}</c>.
/// </summary>
public static class ApplicationProbes
{
    /// <summary>The variable of the sidecar that holds them.</summary>
    public const string Variable = "MESH_APPLICATION_PROBES";

    /// <summary>What <see cref="TryRead"/> takes, for error messages.</summary>
    public const string Expected = """a JSON object such as {"/app/web/liveness": {"httpGet": {"port": 8080, "path": "/healthz"}}}""";

    /// <summary>Where the kubelet asks the sidecar instead of the application.</summary>
    /// <param name="container">The container's name.</param>
    /// <param name="probe">Which of its probes: liveness, readiness, startup, post-start, pre-stop.</param>
    public static string PathOf(string container, string probe) => $"/app/{container}/{probe}";

    /// <summary>As JSON on one line, in the order of the paths.</summary>
    public static string Write(IReadOnlyDictionary<string, ApplicationProbe> probes) =>
        JsonSerializer.Serialize(new SortedDictionary<string, ApplicationProbe>(probes.ToDictionary(), StringComparer.Ordinal), ProbeJson.Default.SortedDictionaryStringApplicationProbe);

    /// <summary>Reads them; no text is no probes.</summary>
    /// <returns>False where the text is something else, or a probe asks nothing or more than one thing.</returns>
    public static bool TryRead(string? text, out IReadOnlyDictionary<string, ApplicationProbe> probes)
    {
        probes = new Dictionary<string, ApplicationProbe>();
        if (string.IsNullOrWhiteSpace(text)) return true;
        try
        {
            if (JsonSerializer.Deserialize(text, ProbeJson.Default.SortedDictionaryStringApplicationProbe) is not { } read) return false;
            probes = read;
            return read.Values.All(probe => new object?[] { probe?.HttpGet, probe?.TcpSocket, probe?.Grpc }.Count(asked => asked is not null) == 1);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SortedDictionary<string, ApplicationProbe>))]
internal sealed partial class ProbeJson : JsonSerializerContext;
