using System.Collections.Frozen;
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

    private bool HeaderMatches(HttpRequestMessage request)
    {
        if (_header is null) return true;
        if (!MessageFields.TryGet(request, _header, out var values)) return false;
        if (_values.Count == 0) return true;
        foreach (var value in values)
        {
            if (value is not null && _values.Contains(value)) return true;
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
