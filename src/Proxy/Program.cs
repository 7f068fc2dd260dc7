using Mesh.Proxy;
using Mesh.Proxy.Interception.Cni;
using Mesh.Proxy.Listening;

var command = ProxyCommand.Create(RunAsync);
// Signals are the host's: it drains.
return await command.Parse(CniCommand.IsMeant(args) ? ["cni"] : args).InvokeAsync(new() { ProcessTerminationTimeout = null });

static async Task<int> RunAsync(ProxyOptions options, CancellationToken cancellationToken)
{
    try
    {
        using var host = ProxyHost.Build(options);
        await host.RunAsync(cancellationToken);
        return 0;
    }
    catch (PortUnavailableException unavailable)
    {
        await Console.Error.WriteLineAsync($"mesh-proxy: {unavailable.Message}");
        return 1;
    }
}
