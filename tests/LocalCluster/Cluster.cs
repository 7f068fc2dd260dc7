using k8s;
using k8s.Models;
using Mesh.KubeApi;
using Mesh.KubeApi.Clusters;
using Mesh.LocalCluster.Control;
using Mesh.LocalCluster.Network;
using Mesh.LocalCluster.Node;
using Mesh.LocalCluster.Workloads;

namespace Mesh.LocalCluster;

/// <summary>The stand-in API server, controllers beside it, and one node, which is this machine.</summary>
internal sealed class Cluster(Images images, string folder)
{
    private readonly TimeProvider _time = TimeProvider.System;

    /// <summary>Starts it all and runs it until it's stopped.</summary>
    /// <param name="ready">Is given the path of a kubeconfig once the API server answers.</param>
    /// <param name="stop">Ends it.</param>
    public async Task RunAsync(Action<string> ready, CancellationToken stop)
    {
        var network = new NodeNetwork(Directory.CreateDirectory(Path.Combine(folder, "networks")).FullName);
        await NodeNetwork.StartAsync();
        var access = new PodAccess();
        await using var server = await ApiServer.StartAsync(new()
        {
            Address = ClusterAddresses.Node,
            AlternativeAddresses = [ClusterAddresses.ApiService],
            Pods = access,
        });
        var kubeconfig = await KubeConfig.WriteAsync(folder, server.Address, server.CertificateAuthority, server.Token);
        using var client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
        await RegisterAsync(client, server, stop);
        var kubelet = new Kubelet(client, network, images, server.CertificateAuthority, Directory.CreateDirectory(Path.Combine(folder, "pods")).FullName, _time);
        access.Connect(client, kubelet);
        var dns = new DnsServer();
        var loop = new ControlLoop(server, client, Controllers(client, server, kubelet, dns), _time);
        ready(kubeconfig);
        await await Task.WhenAny(loop.RunAsync(stop), dns.RunAsync(stop));
    }

    private List<IController> Controllers(Kubernetes client, ApiServer server, Kubelet kubelet, DnsServer dns) =>
    [
        new NamespaceController(client, server.CertificateAuthority),
        new GarbageCollector(client),
        new DeploymentController(client, _time),
        new ReplicaSetController(client),
        new JobController(client, _time),
        new Scheduler(client),
        kubelet,
        new EndpointSliceController(client),
        dns,
        new ServiceProxy(),
        new WebhookAddresses(server),
    ];

    /// <summary>The node, and the API server as pods find it.</summary>
    private async Task RegisterAsync(Kubernetes client, ApiServer server, CancellationToken stop)
    {
        await client.CoreV1.CreateNodeAsync(new() { Metadata = new() { Name = LocalNode.Name, Labels = new Dictionary<string, string> { ["kubernetes.io/hostname"] = LocalNode.Name } } }, cancellationToken: stop);
        await client.CoreV1.PatchNodeStatusAsync(new V1Patch(new { status = NodeStatus() }, V1Patch.PatchType.MergePatch), LocalNode.Name, cancellationToken: stop);
        await client.CoreV1.CreateNamespacedServiceAsync(new()
        {
            Metadata = new() { Name = "kubernetes" },
            Spec = new() { ClusterIP = ClusterAddresses.ApiService.ToString(), Ports = [new() { Name = "https", Port = 443, TargetPort = server.Address.Port }] },
        }, "default", cancellationToken: stop);
        await client.DiscoveryV1.CreateNamespacedEndpointSliceAsync(new()
        {
            Metadata = new() { Name = "kubernetes", Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = "kubernetes" } },
            AddressType = "IPv4",
            Ports = [new() { Name = "https", Port = server.Address.Port, Protocol = "TCP" }],
            Endpoints = [new() { Addresses = [ClusterAddresses.Node.ToString()], Conditions = new() { Ready = true } }],
        }, "default", cancellationToken: stop);
    }

    private V1NodeStatus NodeStatus() => new()
    {
        Addresses = [new() { Type = "InternalIP", Address = ClusterAddresses.Node.ToString() }],
        Conditions = [new() { Type = "Ready", Status = "True", Reason = "LocalClusterReady", LastTransitionTime = _time.GetUtcNow().UtcDateTime }],
        NodeInfo = new()
        {
            KubeletVersion = "v1.34.0",
            OperatingSystem = "linux",
            Architecture = "amd64",
            KernelVersion = Environment.OSVersion.Version.ToString(),
            ContainerRuntimeVersion = "local://1",
            OsImage = "",
            BootID = "",
            MachineID = "",
            SystemUUID = "",
            KubeProxyVersion = "",
        },
    };
}
