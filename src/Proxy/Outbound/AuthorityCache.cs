using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Outbound;

/// <summary>
/// Authorities by the text that named them: an application names the same few again and again, and reading one costs several
/// allocations. A client that makes up names empties it, and can't fill the memory.
/// </summary>
internal sealed class AuthorityCache
{
    /// <summary>Texts kept at most, give or take as many as are read at one moment.</summary>
    internal const int Capacity = 1024;

    // A name of 253 characters, a colon, a port. Longer ways to write one exist (leading zeros) and are not worth keeping.
    private const int LongestText = 259;

    private readonly ConcurrentDictionary<string, Authority> _authorities = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>How many are kept.</summary>
    internal int Count => _authorities.Count;

    /// <summary>As <see cref="Authority.TryParse"/> does.</summary>
    public bool TryParse([NotNullWhen(true)] string? text, out Authority authority)
    {
        if (text is null)
        {
            authority = default;
            return false;
        }
        if (_authorities.TryGetValue(text, out authority)) return true;
        if (!Authority.TryParse(text, out authority)) return false;
        if (text.Length <= LongestText) Keep(text, authority);
        return true;
    }

    private void Keep(string text, Authority authority)
    {
        if (Interlocked.Increment(ref _count) > Capacity)
        {
            _authorities.Clear();
            Volatile.Write(ref _count, 1);
        }
        _authorities[text] = authority;
    }
}
