using Mesh.Proxy.Listening;

namespace Mesh.Proxy;

/// <summary>
/// The first part of stopping: whoever has come in is told to go, and is given a time to, before connections that are idle by then
/// are closed. A server that closes an idle connection races with the next request on it; one that has been told doesn't send any.
/// </summary>
internal sealed class LameDuck(Drain drain, PortRegistry ports, ProxyOptions options, TimeProvider clock) : IHostedLifecycleService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        drain.Begin();
        using var grace = new CancellationTokenSource(options.DrainGrace, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(grace.Token, cancellationToken);
        try
        {
            while (ports.All.Any(port => port.IsInbound && port.OpenConnections > 0)) await Task.Delay(LookInterval, clock, either.Token);
        }
        catch (OperationCanceledException)
        {
            // The time is up. Requests in flight have the drain timeout.
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
