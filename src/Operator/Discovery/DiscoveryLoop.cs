using Mesh.Operator.State;

namespace Mesh.Operator.Discovery;

/// <summary>Carries each change of the state to those who are subscribed to what it touches.</summary>
internal sealed class DiscoveryLoop(ClusterState state, SubscriptionTable table) : BackgroundLoop
{
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        using var feed = state.Follow();
        while (!stoppingToken.IsCancellationRequested) table.Apply(await feed.NextAsync(stoppingToken));
    }
}
