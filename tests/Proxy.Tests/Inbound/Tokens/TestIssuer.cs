using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Mesh.Proxy.Tests.Inbound.Tokens;

/// <summary>Signs whatever a test asks for.</summary>
internal sealed class TestIssuer(string keyId = "one")
{
    public const string Name = "https://issuer.example";
    public const string Audience = "payments";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string Jwks => JwksOf(this);

    public static string JwksOf(params IEnumerable<TestIssuer> issuers) => JsonSerializer.Serialize(new { keys = issuers.Select(issuer => issuer.PublicKey()) });

    public string Sign(DateTimeOffset now, Action<SecurityTokenDescriptor>? change = null)
    {
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = Name,
            Audience = Audience,
            NotBefore = now.UtcDateTime,
            IssuedAt = now.UtcDateTime,
            Expires = now.AddMinutes(5).UtcDateTime,
            Claims = new Dictionary<string, object> { ["sub"] = "somebody", ["roles"] = new[] { "user", "admin" } },
            SigningCredentials = new(new ECDsaSecurityKey(_key) { KeyId = keyId }, SecurityAlgorithms.EcdsaSha256),
        };
        change?.Invoke(descriptor);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(descriptor);
    }

    /// <summary>Signed with the public key as a shared secret: RFC 8725 section 2.1.</summary>
    public string SignWithThePublicKey(DateTimeOffset now) => Sign(now, descriptor =>
        descriptor.SigningCredentials = new(new SymmetricSecurityKey(_key.ExportSubjectPublicKeyInfo()) { KeyId = keyId }, SecurityAlgorithms.HmacSha256));

    private Dictionary<string, string> PublicKey()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        return new()
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["use"] = "sig",
            ["alg"] = "ES256",
            ["kid"] = keyId,
            ["x"] = Base64UrlEncoder.Encode(point.X),
            ["y"] = Base64UrlEncoder.Encode(point.Y),
        };
    }
}
