using System.Globalization;
using System.Net;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>
/// A namespace that stands for a node: pods hang on it by a veth pair each, it routes between them, and it gives services their virtual
/// addresses as kube-proxy does. Addresses are the same in every node, and nodes don't see each other.
/// </summary>
internal sealed class Node : IAsyncDisposable
{
    /// <summary>The node's own address, which the kubelet's probes come from.</summary>
    public static readonly IPAddress Address = IPAddress.Parse("10.244.0.1");

    private readonly List<Pod> _pods = [];
    private readonly List<IAsyncDisposable> _running = [];
    private readonly List<ServicePort> _services = [];

    private Node(NetworkNamespace @namespace) => Namespace = @namespace;

    public NetworkNamespace Namespace { get; }

    public static async Task<Node> CreateAsync()
    {
        var node = new Node(await NetworkNamespace.CreateAsync());
        await node.Namespace.DoAsync(() =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
            File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "1");
            File.WriteAllText("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
            return 0;
        });
        (await CommandRun.InAsync(node.Namespace, "link set lo up", "ip", "-batch", "-")).Succeeded();
        return node;
    }

    /// <summary>A pod with an IPv4 and an IPv6 address; its number is the last part of both.</summary>
    public async Task<Pod> AddPodAsync(string name)
    {
        var pod = new Pod(name, _pods.Count + 2, await NetworkNamespace.CreateAsync());
        _pods.Add(pod);
        await pod.Namespace.DoAsync(() =>
        {
            File.WriteAllText("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
            return 0;
        });
        (await CommandRun.InAsync(Namespace, string.Create(CultureInfo.InvariantCulture, $"""
            link add pod{pod.Number} type veth peer name eth0 netns {pod.Namespace.ThreadId}
            link set pod{pod.Number} up
            addr add {Address}/32 dev pod{pod.Number}
            addr add fe80::1/64 dev pod{pod.Number} nodad
            route add {pod.Address}/32 dev pod{pod.Number}
            route add {pod.AddressV6}/128 dev pod{pod.Number}
            """), "ip", "-batch", "-")).Succeeded();
        (await CommandRun.InAsync(pod.Namespace, $"""
            link set lo up
            link set eth0 up
            addr add {pod.Address}/32 dev eth0
            addr add {pod.AddressV6}/128 dev eth0 nodad
            route add {Address}/32 dev eth0 scope link
            route add default via {Address} src {pod.Address}
            route add default via fe80::1 dev eth0
            """, "ip", "-batch", "-")).Succeeded();
        return pod;
    }

    /// <summary>Gives a service's port its virtual addresses; all connections go to the one pod.</summary>
    public async Task AddServiceAsync(ServicePort service)
    {
        _services.Add(service);
        (await CommandRun.InAsync(Namespace, Translation(), "nft", "-f", "-")).Succeeded();
    }

    /// <summary>Has something end when the node does, after its pods.</summary>
    public void Own(IAsyncDisposable running) => _running.Add(running);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Disposal.OfAllAsync([.. _pods, .. _running]);
        }
        finally
        {
            Namespace.Dispose();
        }
    }

    // A pod that calls itself by its service gets the node for its peer, since it would answer to itself otherwise.
    private string Translation() => $$"""
        table inet services
        delete table inet services
        table inet services {
          chain prerouting {
            type nat hook prerouting priority -100; policy accept;
            {{string.Join("\n    ", _services.Select(service => $"ip daddr {service.Address} tcp dport {service.Port} dnat ip to {service.Pod.Address}:{service.TargetPort}"))}}
            {{string.Join("\n    ", _services.Select(service => $"ip6 daddr {service.AddressV6} tcp dport {service.Port} dnat ip6 to [{service.Pod.AddressV6}]:{service.TargetPort}"))}}
          }
          chain postrouting {
            type nat hook postrouting priority 100; policy accept;
            {{string.Join("\n    ", _pods.Select(pod => $"ip saddr {pod.Address} ip daddr {pod.Address} masquerade"))}}
          }
        }

        """;
}
