using System.Collections.Frozen;
using System.Net;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;

namespace Mesh.Api.Authorization;

/// <summary>Says whether it comes from one of those whom a rule names.</summary>
internal sealed class SourceMatcher(AuthorizationSource source)
{
    // SpiffeId: a trust domain of 255 characters, a namespace of 63, a service account of 253, and what stands between.
    private const int LongestIdentity = 600;

    private readonly FrozenSet<string> _namespaces = source.Namespaces.ToFrozenSet(StringComparer.Ordinal);
    private readonly (string Namespace, string Name)[] _serviceAccounts = [.. source.ServiceAccounts.Select(Split)];
    private readonly string[] _identities = [.. source.Identities];
    private readonly IPNetwork[] _cidrs = [.. source.Cidrs.Select(ReadRange)];
    private readonly bool _isUnauthenticated = source.Unauthenticated;

    public bool Match(in AccessRequest request) => MatchesCaller(request.Caller) && (_cidrs.Length == 0 || MatchesAddress(request.Address));

    private bool MatchesCaller(SpiffeId? caller)
    {
        if (caller is null) return _namespaces.Count == 0 && _serviceAccounts.Length == 0 && _identities.Length == 0;
        return !_isUnauthenticated
            && (_namespaces.Count == 0 || _namespaces.Contains(caller.Namespace))
            && (_serviceAccounts.Length == 0 || MatchesAccount(caller))
            && (_identities.Length == 0 || MatchesIdentity(caller));
    }

    private bool MatchesAccount(SpiffeId caller)
    {
        foreach (var (ns, name) in _serviceAccounts)
        {
            if (ns == caller.Namespace && name == caller.ServiceAccount) return true;
        }
        return false;
    }

    private bool MatchesIdentity(SpiffeId caller)
    {
        Span<char> buffer = stackalloc char[LongestIdentity];
        if (!buffer.TryWrite($"spiffe://{caller.TrustDomain}/ns/{caller.Namespace}/sa/{caller.ServiceAccount}", out var length)) return false;
        foreach (var pattern in _identities)
        {
            if (Glob.IsMatch(pattern, buffer[..length])) return true;
        }
        return false;
    }

    private bool MatchesAddress(IPAddress? address)
    {
        if (address is null) return false;
        foreach (var range in _cidrs)
        {
            if (range.Contains(address)) return true;
        }
        return false;
    }

    private static IPNetwork ReadRange(string cidr) =>
        Interception.AddressRange.TryParse(cidr, out var range) ? range : throw new FormatException($"cidrs: found {cidr}, expected {Interception.AddressRange.Expected}");

    private static (string, string) Split(string account) => account.Split('/', 2) is [var ns, var name] ? (ns, name) : ("", account);
}
