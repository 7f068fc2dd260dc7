using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>An issuer of tokens, and how its tokens are verified.</summary>
public sealed class JwtSettings
{
    /// <summary>The claim <c>iss</c>, letter for letter.</summary>
    [JsonPropertyName("issuer")]
    public string Issuer { get; set; } = "";

    /// <summary>One must be in the claim <c>aud</c>; at most 16. Default: not looked at.</summary>
    [JsonPropertyName("audiences")]
    public IReadOnlyList<string>? Audiences { get; set; }

    /// <summary>Where its keys are, over https. Absent with <see cref="Jwks"/>.</summary>
    [JsonPropertyName("jwksUri")]
    public string? JwksUri { get; set; }

    /// <summary>Its keys themselves, as RFC 7517 writes them.</summary>
    [JsonPropertyName("jwks")]
    public string? Jwks { get; set; }

    /// <summary>The header with the token. Default: authorization, after <c>Bearer</c>.</summary>
    [JsonPropertyName("header")]
    public string? Header { get; set; }

    /// <summary>Whether the application gets the token, once it is verified. Default: false.</summary>
    [JsonPropertyName("forward")]
    public bool? Forward { get; set; }
}
