using System.Collections.Frozen;
using Mesh.Api.Discovery;

namespace Mesh.Api.Authorization;

/// <summary>Says whether what is asked for is one of what a rule names.</summary>
internal sealed class OperationMatcher
{
    private readonly FrozenSet<uint> _ports;
    private readonly FrozenSet<string> _methods;
    private readonly PathMatcher? _paths;
    private readonly string[] _hosts;
    private readonly (string Service, string Method)[] _calls;

    public OperationMatcher(AuthorizationOperation operation)
    {
        _ports = operation.Ports.ToFrozenSet();
        _methods = operation.Methods.ToFrozenSet(StringComparer.Ordinal);
        _paths = operation.Paths.Count > 0 ? new(operation.Paths) : null;
        _hosts = [.. operation.Hosts];
        _calls = [.. operation.Grpc.Select(call => (call.Service, call.Method))];
    }

    /// <summary>Whether a request's path makes a difference.</summary>
    public bool ReadsPath => _paths is not null || _calls.Length > 0;

    private bool AsksOfRequest => ReadsPath || _methods.Count > 0 || _hosts.Length > 0;

    public bool Match(in AccessRequest request, Matching matching)
    {
        if (_ports.Count > 0 && !_ports.Contains((uint)request.Port)) return false;
        if (!AsksOfRequest) return true;
        if (request.Request is not { } asked) return matching is Matching.Possible;
        return (_methods.Count == 0 || _methods.Contains(asked.Method))
            && (_hosts.Length == 0 || MatchesHost(asked.Host))
            && (_paths is null || _paths.Match(asked.Path, matching))
            && (_calls.Length == 0 || MatchesCall(asked.Path));
    }

    // A host's case means nothing, nor does the dot that ends a name in the DNS.
    private bool MatchesHost(ReadOnlySpan<char> authority)
    {
        var host = WithoutPort(authority).TrimEnd('.');
        foreach (var pattern in _hosts)
        {
            if (pattern is ['*', '.', ..]
                ? host.Length > pattern.Length - 1 && host.EndsWith(pattern.AsSpan(1), StringComparison.OrdinalIgnoreCase)
                : host.Equals(pattern, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }

    private static ReadOnlySpan<char> WithoutPort(ReadOnlySpan<char> authority)
    {
        if (authority is ['[', ..]) return authority.IndexOf(']') is > 0 and var end ? authority[1..end] : authority;
        var colon = authority.IndexOf(':');
        return colon < 0 ? authority : authority[..colon];
    }

    // By the path alone: servers that take JSON or gRPC-Web serve the same method under other content types.
    private bool MatchesCall(ReadOnlySpan<char> path)
    {
        var end = path[1..].IndexOf('/') + 1;
        if (end <= 0) return false;
        var service = path[1..end];
        var method = path[(end + 1)..];
        foreach (var call in _calls)
        {
            if (service.SequenceEqual(call.Service) && (call.Method.Length == 0 || method.SequenceEqual(call.Method))) return true;
        }
        return false;
    }
}
