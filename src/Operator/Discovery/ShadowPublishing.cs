using Mesh.Operator.State;

namespace Mesh.Operator.Discovery;

/// <summary>Has statuses show what policies in mode Shadow would have done, no more often than people read them.</summary>
internal sealed class ShadowPublishing(SubscriptionTable table, ShadowLedger ledger, ClusterState state, TimeProvider time) : BackgroundLoop
{
    /// <summary>Each policy's status is written at most once in this time on account of what it would have done.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var changes = new ChangeSet();
            changes.Policies.UnionWith(ledger.Publish(state.Current));
            if (!changes.IsEmpty) table.Applied.Add(changes);
        }
    }
}
