using System.Collections.Frozen;
using Mesh.Api.Discovery;

namespace Mesh.Api.Authorization;

/// <summary>Says whether a path is one of those that a rule names.</summary>
internal sealed class PathMatcher
{
    private const string Rest = "{**}";

    private readonly FrozenSet<string> _exact;
    private readonly string[] _prefixes;
    private readonly string[][] _templates;

    /// <summary>One is of a kind that this version doesn't know.</summary>
    private readonly bool _hasUnknown;

    public PathMatcher(IReadOnlyCollection<PathMatch> matches)
    {
        _exact = Of(PathMatch.MatchOneofCase.Exact, match => Trim(match.Exact)).ToFrozenSet(StringComparer.Ordinal);
        _prefixes = [.. Of(PathMatch.MatchOneofCase.Prefix, match => match.Prefix.TrimEnd('/'))];
        _templates = [.. Of(PathMatch.MatchOneofCase.Template, match => Trim(match.Template).Split('/'))];
        _hasUnknown = matches.Any(match => match.MatchCase is PathMatch.MatchOneofCase.None);

        IEnumerable<T> Of<T>(PathMatch.MatchOneofCase form, Func<PathMatch, T> read) => matches.Where(match => match.MatchCase == form).Select(read);
    }

    public bool Match(string path, Matching matching) =>
        _hasUnknown && matching is Matching.Possible || _exact.Contains(path) || HasPrefix(path) || FitsTemplate(path);

    // As a request's own path: without a trailing slash.
    private static string Trim(string path) => path.Length > 1 && path[^1] is '/' ? path[..^1] : path;

    private bool HasPrefix(string path)
    {
        foreach (var prefix in _prefixes)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal) && (path.Length == prefix.Length || path[prefix.Length] is '/')) return true;
        }
        return false;
    }

    private bool FitsTemplate(string path)
    {
        foreach (var template in _templates)
        {
            if (Fits(template, path)) return true;
        }
        return false;
    }

    // Both begin with a slash, so that the first segment of both is empty.
    private static bool Fits(string[] template, ReadOnlySpan<char> path)
    {
        var next = 0;
        foreach (var range in path.Split('/'))
        {
            if (next == template.Length) return false;
            var expected = template[next++];
            if (expected is Rest) return true;
            var segment = path[range];
            if (expected is ['{', .., '}'] ? segment.Length == 0 : !segment.SequenceEqual(expected)) return false;
        }
        return next == template.Length || (next == template.Length - 1 && template[next] is Rest);
    }
}
