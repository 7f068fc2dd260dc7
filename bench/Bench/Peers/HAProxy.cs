using System.Net;
using Mesh.Bench.Measuring;
using Mesh.Rig.Processes;

namespace Mesh.Bench.Peers;

/// <summary>HAProxy with one thread, as a relay for HTTP or TCP.</summary>
internal sealed class HAProxy(ChildProcess process, IPEndPoint address) : IPeer
{
    public string Name => "HAProxy";

    public IPEndPoint Address => address;

    public IReadOnlyList<int> ProcessIds => [process.Id];

    public static async Task<IPeer> StartAsync(Stage stage, string mode, IPEndPoint backend, CancellationToken stop)
    {
        var address = Stage.FreeAddress();
        var file = stage.Write($"haproxy-{mode}.cfg", $"""
            global
              nbthread 1
              no strict-limits
              maxconn {Math.Min(mode is "http" ? Descriptors.Connections : Descriptors.RelayedConnections, 30_000)}
            defaults
              mode {mode}
              timeout connect 1s
              timeout client 1h
              timeout server 1h
            frontend in
              bind {address}
              default_backend out
            backend out
              server one {backend}

            """);
        var command = new Command($"haproxy-{mode}", Stage.Installed("haproxy"), "-db", "-f", file);
        return new HAProxy(await stage.StartAsync(command, Cores.Measured, address, stop), address);
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
