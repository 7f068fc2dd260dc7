using System.Security.Cryptography;
using System.Text.Json;
using Mesh.Api.Discovery;
using Mesh.Proxy.Inbound.Access;
using Mesh.Proxy.Routing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Mesh.Proxy.Inbound.Tokens;

/// <summary>Verifies the tokens that a request carries, of the issuers that policies name. What others issued is the application's business.</summary>
internal sealed class TokenVerification(IssuerKeySets keySets, AccessMetrics metrics, TimeProvider clock)
{
    private const string Scheme = "Bearer ";

    // Of asymmetric keys only: with a public key as the secret, anyone could sign (RFC 8725 section 2.1).
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    // Clocks of issuers are not ours.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    /// <returns>The claims of every token that is valid.</returns>
    /// <exception cref="MeshException">One of them is not valid, or can't be verified now.</exception>
    public async ValueTask<IReadOnlyList<JsonElement>> VerifyAsync(HttpRequest request, IReadOnlyList<JwtIssuer> issuers, CancellationToken cancellationToken)
    {
        List<JsonElement>? verified = null;
        List<string>? taken = null;
        foreach (var issuer in issuers)
        {
            foreach (var value in request.Headers[issuer.Header])
            {
                if (TokenIn(value, issuer) is not { } token) continue;
                (verified ??= []).Add(await VerifyAsync(token, issuer, cancellationToken));
                if (!issuer.Forward) (taken ??= []).Add(issuer.Header);
            }
        }
        foreach (var header in taken ?? []) request.Headers.Remove(header);
        return verified ?? [];
    }

    // The issuer is believed once the signature is; until then it only says whose keys to try.
    private JsonWebToken? TokenIn(string? value, JwtIssuer issuer)
    {
        if (value is null) return null;
        var text = value.AsSpan();
        if (text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) text = text[Scheme.Length..];
        else if (issuer.Header is "authorization") return null;
        text = text.Trim();
        try
        {
            return _handler.CanReadToken(text.ToString()) && new JsonWebToken(text.ToString()) is { IsEncrypted: false } token && token.Issuer == issuer.Issuer ? token : null;
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or SecurityTokenException or FormatException or JsonException)
        {
            return null;
        }
    }

    private async ValueTask<JsonElement> VerifyAsync(JsonWebToken token, JwtIssuer issuer, CancellationToken cancellationToken)
    {
        var keys = await keySets.For(issuer).FindAsync(token.Kid, cancellationToken);
        if (keys.Count == 0)
        {
            metrics.SawToken(issuer.Issuer, "no-keys");
            throw new MeshException(MeshErrorCode.KeysUnavailable, $"there are no keys of {issuer.Issuer} to verify its tokens by") { IsTerse = true };
        }
        var result = await _handler.ValidateTokenAsync(token, ParametersOf(issuer, keys));
        if (!result.IsValid)
        {
            metrics.SawToken(issuer.Issuer, "invalid");
            throw new MeshException(MeshErrorCode.InvalidToken, $"the token of {issuer.Issuer} is not valid: {Reason(result.Exception)}") { IsTerse = true };
        }
        metrics.SawToken(issuer.Issuer, "valid");
        using var claims = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
        return claims.RootElement.Clone();
    }

    private TokenValidationParameters ParametersOf(JwtIssuer issuer, IReadOnlyList<SecurityKey> keys) => new()
    {
        ValidIssuer = issuer.Issuer,
        ValidAudiences = issuer.Audiences,
        ValidateAudience = issuer.Audiences.Count > 0,
        IssuerSigningKeys = keys,
        ValidAlgorithms = Algorithms,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        LifetimeValidator = IsInItsTime,
    };

    private bool IsInItsTime(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end + Skew && (notBefore is not { } start || now >= start - Skew);
    }

    // The library's own texts name keys and tokens at length.
    private static string Reason(Exception? failure) => failure switch
    {
        SecurityTokenExpiredException or SecurityTokenNotYetValidException or SecurityTokenInvalidLifetimeException or SecurityTokenNoExpirationException => "it is not valid now",
        SecurityTokenInvalidAudienceException => "it is for another audience",
        SecurityTokenInvalidIssuerException => "it is of another issuer",
        SecurityTokenInvalidAlgorithmException => "it is signed by an algorithm that isn't taken",
        SecurityTokenSignatureKeyNotFoundException => "it is signed by an unknown key",
        SecurityTokenInvalidSignatureException or CryptographicException => "its signature does not fit",
        _ => "it can't be read",
    };
}
