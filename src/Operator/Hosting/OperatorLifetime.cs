using Mesh.Operator.Discovery;

namespace Mesh.Operator.Hosting;

/// <summary>What happens once the operator has started, and before it stops.</summary>
internal sealed class OperatorLifetime(Listeners listeners, SubscriptionTable table) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        listeners.LogAddresses();
        return Task.CompletedTask;
    }

    /// <summary>Comes before the server stops, which would wait for open streams.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        table.Close();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
