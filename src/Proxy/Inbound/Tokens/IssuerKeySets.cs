using System.Collections.Concurrent;
using Mesh.Api.Authorization;
using Mesh.Api.Discovery;
using Mesh.Proxy.Inbound.Access;

namespace Mesh.Proxy.Inbound.Tokens;

/// <summary>The keys of all issuers that policies name now. Those of an issuer outlive an edit that leaves its keys' place alone.</summary>
internal sealed class IssuerKeySets : IDisposable
{
    private readonly ConcurrentDictionary<string, IssuerKeys> _keys = new(StringComparer.Ordinal);
    private readonly PodAccess _access;
    private readonly KeySetFetcher _fetcher;
    private readonly TimeProvider _clock;
    private readonly ILogger<IssuerKeys> _logger;

    public IssuerKeySets(PodAccess access, KeySetFetcher fetcher, TimeProvider clock, ILogger<IssuerKeys> logger)
    {
        (_access, _fetcher, _clock, _logger) = (access, fetcher, clock, logger);
        access.Changed += Follow;
        Follow(access.Authorizer);
    }

    public IssuerKeys For(JwtIssuer issuer) => _keys.GetOrAdd(PlaceOf(issuer), static (_, pair) => pair.Sets.NewKeys(pair.Issuer), (Sets: this, Issuer: issuer));

    public void Dispose()
    {
        _access.Changed -= Follow;
        foreach (var (_, keys) in _keys) keys.Dispose();
    }

    // Before the first token comes: nobody waits for a fetch then.
    private void Follow(Authorizer rules)
    {
        foreach (var issuer in rules.Issuers) For(issuer).Start();
        var named = rules.Issuers.Select(PlaceOf).ToHashSet(StringComparer.Ordinal);
        foreach (var (place, keys) in _keys)
        {
            if (!named.Contains(place) && _keys.TryRemove(place, out _)) keys.Dispose();
        }
    }

    private IssuerKeys NewKeys(JwtIssuer issuer) => new(issuer, _fetcher, _clock, _logger);

    private static string PlaceOf(JwtIssuer issuer) => issuer.KeysCase is JwtIssuer.KeysOneofCase.Jwks ? issuer.Jwks : $"{issuer.JwksUri} {issuer.Issuer}";
}
