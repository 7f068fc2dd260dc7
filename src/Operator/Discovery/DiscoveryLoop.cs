using Mesh.Operator.State;

namespace Mesh.Operator.Discovery;

/// <summary>Carries each change of the state to those who are subscribed to what it touches.</summary>
internal sealed class DiscoveryLoop(ClusterState state, SubscriptionTable table, WorkloadTable workloads) : BackgroundLoop
{
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        using var feed = state.Follow();
        while (!stoppingToken.IsCancellationRequested)
        {
            var change = await feed.NextAsync(stoppingToken);
            workloads.Apply(change);
            // Last: it says that the change has been applied, and statuses are counted by that.
            table.Apply(change);
        }
    }
}
