using Mesh.Api.Identity;
using Mesh.Operator.State;

namespace Mesh.Operator.Identity;

/// <summary>
/// Has the authority of which all replicas are part: makes it where there is none, follows what becomes of it, and, on the replica
/// that holds the lease, takes it from one step of a rotation to the next.
/// </summary>
internal sealed partial class AuthorityLoop(
    IAuthorityStore store,
    CurrentAuthority current,
    AuthorityStatus status,
    IdentityMetrics metrics,
    Leadership leadership,
    ITrustConsensus consensus,
    ClusterState state,
    AuthorityLoopOptions options,
    TimeProvider time,
    ILogger<AuthorityLoop> logger)
    : BackgroundLoop
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    private string? _used;
    private string? _broughtError;

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

    /// <returns>False where it has changed, so that it is to be looked at again at once.</returns>
    private async Task<bool> CheckAsync(CancellationToken cancellationToken)
    {
        var stored = await store.ReadAsync(cancellationToken);
        var brought = Usable(stored.Brought);
        if (stored.Record is not { } record)
        {
            // Whatever number of replicas does so at once, the first wins.
            var made = AuthorityRecord.Create(brought, IdentityPolicy.Of(state.Current).AnchorLifetime, time.GetUtcNow());
            if (await store.TryWriteAsync(made, stored.Version, cancellationToken)) LogMade(store.Name, brought is null ? "made" : "brought");
            return false;
        }
        if (_used != stored.Version)
        {
            current.Use(record.Load());
            _used = stored.Version;
        }
        metrics.Know(record);
        status.Say(AuthorityHealth.Judge(record, _broughtError, time.GetUtcNow()));
        if (record.IsIntroducing) await consensus.SayAsync(cancellationToken);
        return !leadership.Holds || !state.Current.IsSynced || await RotateAsync(stored, record, brought, cancellationToken);
    }

    private async Task<bool> RotateAsync(StoredAuthority stored, AuthorityRecord record, BroughtIssuer? brought, CancellationToken cancellationToken)
    {
        await store.PublishAsync(record, cancellationToken);
        var input = new RotationInput(IdentityPolicy.Of(state.Current), stored.RotationRequest, brought, record.IsIntroducing && await consensus.IsReachedAsync(cancellationToken));
        if (Rotation.Next(record, input, time.GetUtcNow()) is not { } step) return true;
        if (await store.TryWriteAsync(step.Record, stored.Version, cancellationToken)) LogStep(step.What);
        return false;
    }

    private BroughtIssuer? Usable(BroughtIssuer? brought)
    {
        var error = brought?.Check(time.GetUtcNow());
        if (error is not null && error != _broughtError) LogUnusable(IdentityNames.BroughtSecret, error);
        _broughtError = error;
        return error is null ? brought : null;
    }

    [LoggerMessage(LogLevel.Information, "A trust anchor and an issuer, {Origin}, are kept in {Store}")]
    private partial void LogMade(string store, string origin);

    [LoggerMessage(LogLevel.Information, "{Step}")]
    private partial void LogStep(string step);

    [LoggerMessage(LogLevel.Error, "The issuer in Secret {Secret} is not used: {Reason}")]
    private partial void LogUnusable(string secret, string reason);

    [LoggerMessage(LogLevel.Warning, "Could not keep the certificate authority in {Store}; trying again: {Reason}")]
    private partial void LogFailed(string store, string reason);
}
