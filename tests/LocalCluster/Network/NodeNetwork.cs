namespace Mesh.LocalCluster.Network;

/// <summary>
/// The network namespace that this process is in, as a node's: pods hang on it by a veth pair each, and it routes between them.
/// </summary>
/// <param name="folder">Where pods' namespaces get their files.</param>
internal sealed class NodeNetwork(string folder)
{
    private int _pods;

    public static async Task StartAsync()
    {
        await File.WriteAllTextAsync("/proc/sys/net/ipv4/ip_forward", "1");
        // Services' addresses need a route before they are translated; behind the device there is nobody.
        await Machine.RunWithInputAsync($"""
            link set lo up
            addr add {ClusterAddresses.Dns}/32 dev lo
            link add services type veth peer name nowhere
            link set nowhere up
            link set services up
            addr add {ClusterAddresses.Node}/32 dev services
            route add {ClusterAddresses.Services} dev services src {ClusterAddresses.Node}
            """, "ip", "-batch", "-");
    }

    public async Task<PodSandbox> AddPodAsync(string uid)
    {
        var number = Interlocked.Increment(ref _pods);
        var sandbox = new PodSandbox(Path.Combine(folder, uid), $"pod{number}", ClusterAddresses.Pod(number));
        await sandbox.CreateAsync();
        return sandbox;
    }
}
