namespace Mesh.Api.Authorization;

/// <summary>Values of which one is asked for, <c>*</c> standing for any run of characters; none: any value will do.</summary>
public sealed class ValuePatterns
{
    private readonly string[] _patterns;

    internal ValuePatterns(IEnumerable<string> patterns) => _patterns = [.. patterns];

    /// <summary>Whether this is one of the values.</summary>
    public bool Match(ReadOnlySpan<char> value)
    {
        if (_patterns.Length == 0) return true;
        foreach (var pattern in _patterns)
        {
            if (Glob.IsMatch(pattern, value)) return true;
        }
        return false;
    }
}
