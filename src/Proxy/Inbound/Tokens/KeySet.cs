using Microsoft.IdentityModel.Tokens;

namespace Mesh.Proxy.Inbound.Tokens;

/// <summary>Reads JWKS (RFC 7517).</summary>
internal static class KeySet
{
    // An issuer has its old key and its new one, and few have more than a handful.
    private const int MostKeys = 64;

    /// <returns>The public keys that sign; what can't be read, or is for something else, is left out.</returns>
    public static IReadOnlyList<SecurityKey> Read(string text)
    {
        JsonWebKeySet set;
        try
        {
            set = new(text) { SkipUnresolvedJsonWebKeys = true };
        }
        catch (ArgumentException)
        {
            return [];
        }
        return [.. set.GetSigningKeys().Where(key => key is AsymmetricSecurityKey or X509SecurityKey).Take(MostKeys)];
    }
}
