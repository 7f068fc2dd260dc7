using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Api.Resources.Validation;

/// <summary>Issuers whose keys can be had, and told apart.</summary>
internal static class JwtRules
{
    private const string DefaultHeader = "authorization";

    // What only the owner of a key has: RFC 7518 sections 6.2.2, 6.3.2 and 6.4.
    private static readonly string[] Secret = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

    public static IEnumerable<FieldError> Check(string path, JwtSettings jwt)
    {
        if (jwt.Jwks is null == jwt.JwksUri is null) yield return new(path, jwt.Jwks is null ? "neither jwks nor jwksUri" : "jwks and jwksUri", "exactly one of the two");
        if (jwt.JwksUri is { } uri && !(Uri.TryCreate(uri, UriKind.Absolute, out var parsed) && parsed is { Scheme: "https", UserInfo: "", Fragment: "" }))
            yield return new($"{path}.jwksUri", uri, "an https:// address without user information and fragment");
        if (jwt.Jwks is { } keys && Problem(keys) is { } problem) yield return new($"{path}.jwks", problem, "{\"keys\": [...]} with at least one public key");
        if (jwt.Header?.StartsWith("mesh-", StringComparison.OrdinalIgnoreCase) is true)
            yield return new($"{path}.header", jwt.Header, "a header that comes through: the mesh's own are taken off");
    }

    /// <summary>One word on each issuer and header: two would be two answers to whether a token is valid.</summary>
    public static IEnumerable<FieldError> Unique(string path, IReadOnlyList<JwtSettings>? issuers)
    {
        var seen = new HashSet<(string, string)>();
        for (var i = 0; i < issuers?.Count; i++)
        {
            var header = (issuers[i].Header ?? DefaultHeader).ToLowerInvariant();
            if (!seen.Add((issuers[i].Issuer, header))) yield return new($"{path}[{i}]", $"{issuers[i].Issuer} in {header} a second time", "each only once");
        }
    }

    private static string? Problem(string text)
    {
        try
        {
            if (JsonNode.Parse(text) is not JsonObject set || set["keys"] is not JsonArray { Count: > 0 } keys) return "no list of keys";
            foreach (var key in keys)
            {
                if (key is not JsonObject fields || fields["kty"] is null) return "a key without kty";
                if (Secret.FirstOrDefault(fields.ContainsKey) is { } name) return $"a private key ({name})";
            }
            return null;
        }
        catch (JsonException)
        {
            return "text that is no JSON";
        }
    }
}
