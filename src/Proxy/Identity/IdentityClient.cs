using Grpc.Core;
using Mesh.Api.Identity;

namespace Mesh.Proxy.Identity;

/// <summary>
/// Keeps this proxy's credentials current: asks for the first, and for the next before one ends. While the operator is away the proxy
/// serves with what it has, and asks again, soon at first and then more patiently.
/// </summary>
internal sealed partial class IdentityClient(
    CredentialStore store, TrustKeeper trust, CertifyClient client, IdentityOptions options, Random random, TimeProvider clock, ILogger<IdentityClient> logger)
    : BackgroundService
{
    private const int TriesBeforeTheEnd = 8;

    private long _renewals;
    private long _failures;

    /// <summary>Certificates got since the start.</summary>
    public long Renewals => Interlocked.Read(ref _renewals);

    /// <summary>Tries that failed.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Why there is no certificate, or no new one; null where nothing is wrong.</summary>
    public string? Problem { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failed = 0;
        try
        {
            while (true)
            {
                var pause = await TryRenewAsync(failed, stoppingToken);
                failed = Problem is null ? 0 : failed + 1;
                await Task.Delay(pause, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The proxy stops.
        }
    }

    /// <returns>How long until the next try.</returns>
    private async Task<TimeSpan> TryRenewAsync(int failed, CancellationToken stoppingToken)
    {
        try
        {
            var credentials = await client.CertifyAsync(trust.Current, stoppingToken);
            store.Replace(credentials);
            trust.Learn(credentials.Trust);
            Problem = null;
            Interlocked.Increment(ref _renewals);
            LogCertified(credentials.Id, credentials.Ends, credentials.RenewAt);
            var until = credentials.RenewAt - clock.GetUtcNow();
            return until > TimeSpan.Zero ? until : TimeSpan.Zero;
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            Problem = failure is RpcException rpc ? $"{rpc.StatusCode}: {rpc.Status.Detail}" : failure.Message;
            Interlocked.Increment(ref _failures);
            var pause = Backoff(failed);
            LogFailed(options.Operator, Problem, store.Current?.Ends, pause.TotalSeconds);
            return pause;
        }
    }

    // Half of it at least, so that a burst of failures never becomes a burst of tries; the rest is spread. The less is left of the
    // certificate, the sooner: what is short-lived, or nearly over, has no time for patience.
    private TimeSpan Backoff(int failed)
    {
        var longest = Math.Min(options.RetryMax.TotalMilliseconds, options.RetryBase.TotalMilliseconds * Math.Pow(2, Math.Min(failed, 16)));
        if (store.Current is { } current)
            longest = Math.Min(longest, Math.Max(options.RetryBase.TotalMilliseconds, (current.Ends - clock.GetUtcNow()).TotalMilliseconds / TriesBeforeTheEnd));
        return TimeSpan.FromMilliseconds(longest * (0.5 + (random.NextDouble() / 2)));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "certified as {Identity} until {Ends:u}; asks again at {RenewAt:u}")]
    private partial void LogCertified(SpiffeId identity, DateTimeOffset ends, DateTimeOffset renewAt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "no certificate from {Operator}: {Reason}; the one in use ends at {Ends:u}, next try in {Seconds:0.0} s")]
    private partial void LogFailed(Uri @operator, string reason, DateTimeOffset? ends, double seconds);
}
