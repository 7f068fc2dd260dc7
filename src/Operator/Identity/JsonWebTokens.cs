using System.Buffers.Text;
using System.Text.Json;

namespace Mesh.Operator.Identity;

/// <summary>What a Kubernetes token says of itself, unverified: good for refusing it at once, and for nothing else.</summary>
internal static class JsonWebTokens
{
    /// <summary>Characters: a projected token has about 1,200.</summary>
    public const int LongestToken = 8192;

    // Kubernetes' own claims nest three deep.
    private static readonly JsonDocumentOptions Limits = new() { MaxDepth = 8 };

    /// <returns>Null where nothing speaks against the token.</returns>
    public static CertifyRefusal? Glance(string token, string audience, DateTimeOffset now)
    {
        if (token.Length is 0 or > LongestToken) return Malformed($"found {token.Length} characters, expected 1 to {LongestToken}");
        if (token.Split('.') is not [{ Length: > 0 }, var claims, { Length: > 0 }]) return Malformed("expected a JSON Web Token");
        if (!Base64Url.IsValid(claims)) return Malformed("its claims are not base64url");
        try
        {
            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(claims), Limits);
            var root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Object) return Malformed("its claims are no object");
            if (!Audiences(root).Contains(audience)) return new(RefusalReason.WrongAudience, $"token: it is not for audience {audience}");
            if (root.TryGetProperty("exp", out var end) && end.TryGetInt64(out var seconds) && seconds < now.ToUnixTimeSeconds())
            {
                return new(RefusalReason.ExpiredToken, $"token: it ended {now.ToUnixTimeSeconds() - seconds} s ago");
            }
            return null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return Malformed("its claims are not JSON");
        }
    }

    private static IEnumerable<string?> Audiences(JsonElement claims) => !claims.TryGetProperty("aud", out var audience) ? [] : audience.ValueKind switch
    {
        JsonValueKind.String => [audience.GetString()],
        JsonValueKind.Array => audience.EnumerateArray().Where(one => one.ValueKind is JsonValueKind.String).Select(one => one.GetString()),
        _ => [],
    };

    private static CertifyRefusal Malformed(string detail) => new(RefusalReason.MalformedToken, $"token: {detail}");
}
