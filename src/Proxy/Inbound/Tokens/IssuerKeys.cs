using Mesh.Api.Discovery;
using Microsoft.IdentityModel.Tokens;

namespace Mesh.Proxy.Inbound.Tokens;

/// <summary>
/// The keys of one issuer: given with the policy, or fetched and fetched again in the background. An issuer that can't be reached keeps
/// the keys that it last gave for a day; after that, and before the first, its tokens verify nothing.
/// </summary>
internal sealed partial class IssuerKeys(JwtIssuer issuer, KeySetFetcher fetcher, TimeProvider clock, ILogger logger) : IDisposable
{
    private static readonly TimeSpan RefreshEvery = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryFirst = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeepFor = TimeSpan.FromHours(24);

    // A token that names an unknown key may be signed by one that is new; anyone can make up such a name.
    private static readonly TimeSpan AskForUnknownEvery = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private volatile Known? _known = issuer.KeysCase is JwtIssuer.KeysOneofCase.Jwks ? new(KeySet.Read(issuer.Jwks), DateTimeOffset.MaxValue) : null;
    private Task? _refreshing;
    private Task? _fetching;
    private DateTimeOffset _lastFetch = DateTimeOffset.MinValue;

    /// <summary>Begins to fetch, where keys are to be fetched.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_refreshing is null && issuer.KeysCase is JwtIssuer.KeysOneofCase.JwksUri && !_ending.IsCancellationRequested) _refreshing = RefreshAsync(_ending.Token);
        }
    }

    /// <summary>The keys that a token may be signed by.</summary>
    /// <param name="id">As the token names it; null or empty: it doesn't.</param>
    /// <param name="cancellationToken">Ends the wait, not the fetch.</param>
    /// <returns>None where none are known, or none any more.</returns>
    public async ValueTask<IReadOnlyList<SecurityKey>> FindAsync(string? id, CancellationToken cancellationToken)
    {
        var keys = Keys();
        if (issuer.KeysCase is JwtIssuer.KeysOneofCase.Jwks || (keys.Count > 0 && (string.IsNullOrEmpty(id) || keys.Any(key => key.KeyId == id)))) return keys;
        await FetchOnceAsync(AskForUnknownEvery).WaitAsync(cancellationToken);
        return Keys();
    }

    public void Dispose() => _ending.Cancel();

    private IReadOnlyList<SecurityKey> Keys() => _known is { } known && clock.GetUtcNow() < known.Until ? known.Keys : [];

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        var failures = 0;
        try
        {
            while (true)
            {
                await FetchOnceAsync(atMostEvery: TimeSpan.Zero);
                var hasFetched = _known is { } known && known.Until == _lastFetch + KeepFor;
                failures = hasFetched ? 0 : failures + 1;
                var pause = failures == 0 ? RefreshEvery : TimeSpan.FromTicks(Math.Min(RetryFirst.Ticks << Math.Min(failures - 1, 10), RefreshEvery.Ticks));
                // Sidecars of one deployment start together and need not ask together.
                await Task.Delay(pause * (0.9 + Random.Shared.NextDouble() * 0.2), clock, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    // One at a time, whoever wants it.
    private Task FetchOnceAsync(TimeSpan atMostEvery)
    {
        lock (_gate)
        {
            if (_fetching is { IsCompleted: false } underWay) return underWay;
            var now = clock.GetUtcNow();
            if (_lastFetch != DateTimeOffset.MinValue && now - _lastFetch < atMostEvery) return Task.CompletedTask;
            _lastFetch = now;
            return _fetching = FetchAsync(now);
        }
    }

    private async Task FetchAsync(DateTimeOffset now)
    {
        try
        {
            var keys = KeySet.Read(await fetcher.FetchAsync(new Uri(issuer.JwksUri), _ending.Token));
            if (keys.Count == 0) LogEmpty(issuer.Issuer, issuer.JwksUri);
            else _known = new(keys, now + KeepFor);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
        }
        catch (Exception failure)
        {
            LogFailed(issuer.Issuer, issuer.JwksUri, failure.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "keys of {Issuer} could not be fetched from {Address}: {Reason}")]
    private partial void LogFailed(string issuer, string address, string reason);

    [LoggerMessage(LogLevel.Warning, "keys of {Issuer} were fetched from {Address}: found none that can verify a signature")]
    private partial void LogEmpty(string issuer, string address);

    private sealed record Known(IReadOnlyList<SecurityKey> Keys, DateTimeOffset Until);
}
