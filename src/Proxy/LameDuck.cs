using Mesh.Proxy.Listening;

namespace Mesh.Proxy;

/// <summary>
/// The first part of stopping: whoever has come in is told to go, and is given a time to, before connections that are idle by then
/// are closed. A server that closes an idle connection races with the next request on it; one that has been told doesn't send any.
/// </summary>
internal sealed class LameDuck(Drain drain, PortRegistry ports, ProxyOptions options, TimeProvider clock) : IHostedLifecycleService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    // Who has not learnt yet that this proxy goes connects again, and a connection that waits to be accepted when the port is closed is
    // reset with the request that it has sent already: half a second without anyone says that word has got around.
    private const int QuietLooks = 10;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        drain.Begin();
        var inbound = ports.All.Where(port => port.IsInbound).ToArray();
        using var grace = new CancellationTokenSource(options.DrainGrace, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(grace.Token, cancellationToken);
        try
        {
            for (var quiet = 0; quiet < QuietLooks && inbound.Length > 0; quiet = inbound.Any(port => port.OpenConnections > 0) ? 0 : quiet + 1)
            {
                await Task.Delay(LookInterval, clock, either.Token);
            }
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
