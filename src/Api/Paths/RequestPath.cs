using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Mesh.Api.Paths;

/// <summary>
/// The one reading of a request's path that decisions are made on: decoded once, without the query, without a trailing slash. A path
/// that others could read differently has none (docs/decisions/one-reading-of-a-path.md): it goes to the application as it came, so
/// what is decided here must be what every application makes of it.
/// </summary>
public static class RequestPath
{
    private static readonly SearchValues<char> NeedsALook = SearchValues.Create("%\\;");
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a path.</summary>
    /// <param name="target">Path and query as they came; a query is left out.</param>
    /// <param name="path">Begins with a slash.</param>
    /// <param name="problem">What could be read in two ways.</param>
    /// <returns>False where it could be read in two ways.</returns>
    public static bool TryNormalise(string target, [NotNullWhen(true)] out string? path, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(target);
        var query = target.IndexOf('?', StringComparison.Ordinal);
        path = query < 0 ? target : target[..query];
        problem = path is not ['/', ..] ? "found no slash at its beginning" : path.AsSpan().ContainsAny(NeedsALook) ? Decode(ref path) : null;
        problem ??= Ambiguity(path);
        if (problem is null)
        {
            if (path.Length > 1 && path[^1] is '/') path = path[..^1];
            return true;
        }
        path = null;
        return false;
    }

    /// <summary>What in a decoded path other readers make something else of; null where nothing is.</summary>
    internal static string? Ambiguity(ReadOnlySpan<char> path)
    {
        foreach (var letter in path)
        {
            switch (letter)
            {
                case '\\': return "found a backslash, which some take for a slash";
                case ';': return "found a semicolon, after which some drop the rest of a segment";
                case < ' ' or '\u007f': return "found a control character";
            }
        }
        if (path.Length == 1) return null;
        // A trailing slash is the one empty segment that means nothing else to anyone.
        var inner = path[^1] is '/' ? path[1..^1] : path[1..];
        foreach (var segment in inner.Split('/'))
        {
            switch (inner[segment])
            {
                case "": return "found an empty segment (//), which some merge";
                case "." or "..": return "found a dot segment, which some resolve";
            }
        }
        return null;
    }

    private static string? Decode(ref string path)
    {
        var bytes = new byte[path.Length];
        var length = 0;
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] is not '%')
            {
                if (path[i] > '~') return "found a character that is no ASCII and not percent-encoded";
                bytes[length++] = (byte)path[i];
                continue;
            }
            if (i + 2 >= path.Length || !char.IsAsciiHexDigit(path[i + 1]) || !char.IsAsciiHexDigit(path[i + 2])) return "found a percent sign without two hexadecimal digits";
            var value = Convert.FromHexString(path.AsSpan(i + 1, 2))[0];
            if (value is (byte)'/') return "found an encoded slash (%2F), which some take for a slash";
            // %2541 and the like: to who decodes once more it is another path.
            if (value is (byte)'%') return "found an encoded percent sign (%25), which some decode twice";
            bytes[length++] = value;
            i += 2;
        }
        try
        {
            path = Utf8.GetString(bytes, 0, length);
            return null;
        }
        catch (DecoderFallbackException)
        {
            return "found encoded bytes that are no UTF-8";
        }
    }
}
