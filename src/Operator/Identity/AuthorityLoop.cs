using Mesh.Operator.Sources;

namespace Mesh.Operator.Identity;

/// <summary>Has the authority of which all replicas are part: makes it where there is none, and follows what becomes of it.</summary>
internal sealed partial class AuthorityLoop(IAuthorityStore store, CurrentAuthority current, AuthorityLoopOptions options, TimeProvider time, ILogger<AuthorityLoop> logger)
    : BackgroundLoop
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    private string? _used;

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var wait = options.CheckInterval;
            try
            {
                if (!await CheckAsync(stoppingToken)) continue;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(store.Name, exception.Describe());
                wait = RetryInterval;
            }
            await Task.Delay(wait, time, stoppingToken);
        }
    }

    /// <returns>False where it has changed meanwhile, so that it is to be looked at again at once.</returns>
    private async Task<bool> CheckAsync(CancellationToken cancellationToken)
    {
        var stored = await store.ReadAsync(cancellationToken);
        if (stored.Record is not { } record)
        {
            if (await store.TryWriteAsync(AuthorityRecord.Create(time.GetUtcNow(), TimeSpan.FromDays(365)), stored.Version, cancellationToken)) LogMade(store.Name);
            return false;
        }
        if (_used != stored.Version)
        {
            current.Use(record.Load());
            _used = stored.Version;
        }
        return true;
    }

    [LoggerMessage(LogLevel.Information, "Made a trust anchor and an issuer, kept in {Store}")]
    private partial void LogMade(string store);

    [LoggerMessage(LogLevel.Warning, "Could not keep the certificate authority in {Store}; trying again: {Reason}")]
    private partial void LogFailed(string store, string reason);
}
