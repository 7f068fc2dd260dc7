using k8s;
using k8s.LeaderElection;
using k8s.LeaderElection.ResourceLock;

namespace Mesh.Operator.Reconciliation;

/// <summary>Competes for the lease, works while it holds it, and gives it back when the operator stops.</summary>
internal sealed partial class LeaderElection(IKubernetes kubernetes, LeaderElectionOptions options, IEnumerable<ILeaderWork> work, TimeProvider time, ILogger<LeaderElection> logger)
    : BackgroundService
{
    // client-go's defaults: who is gone without a word is succeeded within 15 s.
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RenewDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await HoldAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The elector gives up at the first request that fails (FINDINGS: it throws on a connection error).
                LogInterrupted(options.Namespace, options.Lease, exception.Describe());
                await Task.Delay(RetryPeriod, time, stoppingToken);
            }
        }
    }

    private async Task HoldAsync(CancellationToken stoppingToken)
    {
        var lease = new LeaseLock(kubernetes, options.Namespace, options.Lease, options.Identity);
        using var elector = new LeaderElector(new LeaderElectionConfig(lease) { LeaseDuration = LeaseDuration, RenewDeadline = RenewDeadline, RetryPeriod = RetryPeriod });
        using var term = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var working = Task.CompletedTask;
        elector.OnStartedLeading += () =>
        {
            LogLeading(options.Identity, options.Namespace, options.Lease);
            working = WorkAsync(term);
        };
        try
        {
            await elector.RunUntilLeadershipLostAsync(term.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            await working;
        }
        finally
        {
            await term.CancelAsync();
            await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (elector.IsLeader() && (stoppingToken.IsCancellationRequested || working.IsFaulted)) await ReleaseAsync();
        }
    }

    // Who can't do the work gives the lease to somebody who can.
    private async Task WorkAsync(CancellationTokenSource term)
    {
        try
        {
            await AllOrNone.RunAsync([.. work.Select(w => (Func<CancellationToken, Task>)(token => Task.Run(() => w.RunAsync(token), CancellationToken.None)))], term.Token);
        }
        catch (Exception) when (!term.IsCancellationRequested)
        {
            await term.CancelAsync();
            throw;
        }
    }

    /// <summary>Gives the lease back, so that another replica need not wait for its end.</summary>
    private async Task ReleaseAsync()
    {
        // The host is stopping and waits a few seconds only.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);
        try
        {
            var held = await kubernetes.CoordinationV1.ReadNamespacedLeaseAsync(options.Lease, options.Namespace, cancellationToken: limit.Token);
            if (held.Spec.HolderIdentity != options.Identity) return;
            // Empty rather than absent, which this client's elector takes for a lease that is still to be created.
            held.Spec.HolderIdentity = "";
            await kubernetes.CoordinationV1.ReplaceNamespacedLeaseAsync(held, options.Lease, options.Namespace, cancellationToken: limit.Token);
            LogReleased(options.Namespace, options.Lease);
        }
        catch (Exception exception)
        {
            LogInterrupted(options.Namespace, options.Lease, exception.Describe());
        }
    }

    [LoggerMessage(LogLevel.Information, "{Identity} holds lease {Namespace}/{Lease}: this replica writes statuses.")]
    private partial void LogLeading(string identity, string @namespace, string lease);

    [LoggerMessage(LogLevel.Information, "Released lease {Namespace}/{Lease}.")]
    private partial void LogReleased(string @namespace, string lease);

    [LoggerMessage(LogLevel.Warning, "Lease {Namespace}/{Lease}: {Message}")]
    private partial void LogInterrupted(string @namespace, string lease, string message);
}
