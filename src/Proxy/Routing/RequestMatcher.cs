using System.Collections.Frozen;
using System.Net.Http.Headers;
using Mesh.Api.Authorization;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Routing;

/// <summary>Says whether a policy's condition holds for a request: its header and its caller, both where both are asked for.</summary>
internal sealed class RequestMatcher
{
    private readonly string? _header;
    private readonly FrozenSet<string> _values;
    private readonly string[] _identities;

    /// <param name="match">Null or empty: every request.</param>
    public RequestMatcher(RequestMatch? match)
    {
        _header = match?.Header?.Name;
        _values = (match?.Header?.Values ?? []).ToFrozenSet(StringComparer.Ordinal);
        _identities = [.. match?.Identities ?? []];
    }

    public bool Matches(HttpRequestMessage request, Caller caller) => HeaderMatches(request) && CallerMatches(caller.Identity);

    private bool HeaderMatches(HttpRequestMessage request) =>
        _header is null || ValueMatches(request.Headers) || (request.Content is { } content && ValueMatches(content.Headers));

    private bool ValueMatches(HttpHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues(_header!, out var values)) return false;
        if (_values.Count == 0) return true;
        foreach (var value in values)
        {
            if (_values.Contains(value)) return true;
        }
        return false;
    }

    private bool CallerMatches(string identity)
    {
        if (_identities.Length == 0) return true;
        foreach (var pattern in _identities)
        {
            if (Glob.IsMatch(pattern, identity)) return true;
        }
        return false;
    }
}
