using System.Net;

namespace Mesh.LocalCluster.Network;

/// <summary>A pod's network namespace, which its containers share.</summary>
/// <param name="Path">The file that holds it.</param>
/// <param name="Device">The node's end of the cable.</param>
/// <param name="Address">The pod's.</param>
internal sealed record PodSandbox(string Path, string Device, IPAddress Address) : IAsyncDisposable
{
    public async Task CreateAsync()
    {
        await File.WriteAllTextAsync(Path, "");
        await Machine.RunAsync("unshare", $"--net={Path}", "true");
        await Machine.RunWithInputAsync($"""
            link add {Device} type veth peer name eth0 netns {Path}
            link set {Device} up
            addr add {ClusterAddresses.Node}/32 dev {Device}
            route add {Address}/32 dev {Device} src {ClusterAddresses.Node}
            """, "ip", "-batch", "-");
        await Machine.RunWithInputAsync($"""
            link set lo up
            link set eth0 up
            addr add {Address}/32 dev eth0
            route add {ClusterAddresses.Node}/32 dev eth0 scope link
            route add default via {ClusterAddresses.Node} src {Address}
            """, "nsenter", $"--net={Path}", "ip", "-batch", "-");
    }

    public async ValueTask DisposeAsync()
    {
        await Machine.RunAsync("ip", "link", "delete", Device);
        await Machine.RunAsync("umount", Path);
        File.Delete(Path);
    }
}
