namespace Mesh.Proxy.Interception;

/// <summary>Tells the node's own network namespace from a pod's.</summary>
internal static class NodeNetwork
{
    // A setting of the whole machine: the kernel shows it in the first network namespace only.
    private const string MachineSetting = "/proc/sys/net/core/netdev_max_backlog";

    /// <summary>Whether this process is in it: redirecting there would cut off everything that runs on the node.</summary>
    public static bool IsHere => File.Exists(MachineSetting);
}
