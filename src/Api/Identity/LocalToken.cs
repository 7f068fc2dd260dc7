using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Mesh.Api.Identity;

/// <summary>
/// What a proxy proves itself with where there is no Kubernetes: made with the operator's join key, which whoever may read the
/// operator's state folder has. <c>local.&lt;base64url(namespace/service-account/proxy)&gt;.&lt;unix seconds&gt;.&lt;base64url HMAC-SHA256&gt;</c>,
/// the last over all that stands before its dot.
/// </summary>
/// <param name="Namespace">The proxy's namespace.</param>
/// <param name="ServiceAccount">The service account that it runs as.</param>
/// <param name="Proxy">The proxy's name.</param>
public sealed record LocalToken(string Namespace, string ServiceAccount, string Proxy)
{
    /// <summary>What a token may differ from the reader's clock, either way.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromMinutes(5);

    /// <summary>What a join key begins with: it tells a file with one from a file with a token.</summary>
    public const string KeyPrefix = "mesh-join-key.";

    private const string Prefix = "local.";
    private const int KeyLength = 32;

    /// <summary>A new join key, as its file holds it.</summary>
    public static string NewKey() => KeyPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyLength));

    /// <summary>Reads a join key from its file's text.</summary>
    /// <returns>False where the text is something else, such as a Kubernetes token.</returns>
    public static bool TryReadKey(string text, [NotNullWhen(true)] out byte[]? key)
    {
        ArgumentNullException.ThrowIfNull(text);
        key = null;
        var trimmed = text.AsSpan().Trim();
        if (!trimmed.StartsWith(KeyPrefix, StringComparison.Ordinal)) return false;
        return TryDecode(trimmed[KeyPrefix.Length..], out key) && key.Length == KeyLength;
    }

    /// <summary>Whether a text claims to be such a token.</summary>
    public static bool IsLocal(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return token.StartsWith(Prefix, StringComparison.Ordinal);
    }

    /// <summary>Makes the token.</summary>
    /// <param name="key">The join key.</param>
    /// <param name="now">The time that it is valid around.</param>
    public string Sign(byte[] key, DateTimeOffset now)
    {
        var who = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{Namespace}/{ServiceAccount}/{Proxy}"));
        var signed = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{who}.{now.ToUnixTimeSeconds()}");
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>Verifies and reads a token.</summary>
    /// <param name="token">As the proxy sent it.</param>
    /// <param name="key">The join key.</param>
    /// <param name="now">The time by the reader's clock.</param>
    /// <param name="read">Who made it.</param>
    /// <returns>Null, or what is wrong with it.</returns>
    public static string? Verify(string token, byte[] key, DateTimeOffset now, out LocalToken? read)
    {
        ArgumentNullException.ThrowIfNull(token);
        read = null;
        if (token.Split('.') is not ["local", var who, var seconds, var signature]) return "it is no token of a standalone mesh";
        if (!TryDecode(signature, out var found)) return "its signature is not base64url";
        var expected = HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(token[..token.LastIndexOf('.')]));
        if (!CryptographicOperations.FixedTimeEquals(found, expected)) return "it was made with another join key";
        if (!long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var at)) return "its time is no number";
        if (Math.Abs(now.ToUnixTimeSeconds() - at) > (long)Validity.TotalSeconds) return "it is expired, or made by a clock that is ahead";
        if (!TryDecode(who, out var text) || Encoding.UTF8.GetString(text).Split('/') is not [var ns, var account, { Length: > 0 } proxy]) return "it names nobody";
        read = new(ns, account, proxy);
        return null;
    }

    private static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
        return bytes is not null;
    }
}
