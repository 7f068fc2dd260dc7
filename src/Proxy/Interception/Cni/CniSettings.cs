using System.Text.Json.Nodes;

namespace Mesh.Proxy.Interception.Cni;

/// <summary>What the installer writes into the plugin's entry of the network configuration.</summary>
/// <param name="Server">Where the API server is.</param>
/// <param name="CertificateAuthority">The file with the certificates that the API server's is verified by; null for plain HTTP.</param>
/// <param name="Token">The file with the token of the plugin's service account.</param>
/// <param name="ExcludedNamespaces">Where no pod is looked at, so that what the cluster itself needs can't wait for its own API server.</param>
internal sealed record CniSettings(Uri Server, string? CertificateAuthority, string Token, IReadOnlyList<string> ExcludedNamespaces)
{
    /// <summary>The plugin's name: of the program in the runtime's folder, and of its entry.</summary>
    public const string PluginType = "mesh-cni";

    /// <exception cref="CniException">A field is missing or can't be read.</exception>
    public static CniSettings Read(JsonObject configuration)
    {
        var kubernetes = configuration["kubernetes"] as JsonObject ?? throw Invalid("kubernetes", "an object with server, certificateAuthority and token");
        return new(
            Uri.TryCreate(Text(kubernetes["server"]), UriKind.Absolute, out var server) ? server : throw Invalid("kubernetes.server", "an address such as https://10.96.0.1:443"),
            Text(kubernetes["certificateAuthority"]),
            Text(kubernetes["token"]) ?? throw Invalid("kubernetes.token", "a file"),
            [.. (configuration["excludedNamespaces"] as JsonArray ?? []).Select(Text).OfType<string>()]);
    }

    public JsonObject ToJson() => new()
    {
        ["type"] = PluginType,
        ["kubernetes"] = new JsonObject
        {
            ["server"] = Server.ToString(),
            ["certificateAuthority"] = CertificateAuthority,
            ["token"] = Token,
        },
        ["excludedNamespaces"] = new JsonArray([.. ExcludedNamespaces.Select(name => JsonValue.Create(name))]),
    };

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private static CniException Invalid(string field, string expected) => new(CniErrorCode.InvalidConfiguration, $"{field}: expected {expected}");
}
