using k8s;
using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Operator.Compilation;

namespace Mesh.Operator.Tests.Compilation;

public sealed class EndpointSelectionTests
{
    [Fact]
    public void Ready_IsTakenAndTheRestLeft() => Assert.Equal(
        ["10.0.0.1:8080", "10.0.0.2:8080"],
        Select(Given.Slice("catalog",
            Given.Endpoint("10.0.0.2", ready: true),
            Given.Endpoint("10.0.0.1"),
            Given.Endpoint("10.0.0.3", ready: false),
            Given.Endpoint("10.0.0.4", ready: false, serving: true, terminating: true))));

    [Fact]
    public void NoneReady_TakesThoseThatServeWhileTheyTerminate() => Assert.Equal(
        ["10.0.0.4:8080"],
        Select(Given.Slice("catalog",
            Given.Endpoint("10.0.0.3", ready: false),
            Given.Endpoint("10.0.0.4", ready: false, serving: true, terminating: true),
            Given.Endpoint("10.0.0.5", ready: false, serving: false, terminating: true))));

    [Fact]
    public void SeveralSlices_GiveEachAddressOnce() => Assert.Equal(
        ["10.0.0.1:8080", "10.0.0.2:8080"],
        Select(
            Given.Slice("catalog", "catalog-b", "IPv4", Given.Endpoint("10.0.0.1"), Given.Endpoint("10.0.0.2")),
            Given.Slice("catalog", "catalog-a", "IPv4", Given.Endpoint("10.0.0.1"))));

    [Fact]
    public void DualStack_TakesThePodsIPv4Address() => Assert.Equal(
        ["10.0.0.1:8080", "[fd00::2]:8080"],
        Select(
            Given.Slice("catalog", "catalog-6", "IPv6", Given.Endpoint("fd00::1", pod: "a"), Given.Endpoint("fd00::2", pod: "b")),
            Given.Slice("catalog", "catalog-4", "IPv4", Given.Endpoint("10.0.0.1", pod: "a"))));

    [Fact]
    public void InboundPortsAnnotation_MapsThePort() => Assert.Equal(
        ["10.0.0.1:15006", "10.0.0.2:8080", "10.0.0.3:8080"],
        Select(
            Given.Slice("catalog", Given.Endpoint("10.0.0.1", pod: "a"), Given.Endpoint("10.0.0.2", pod: "b"), Given.Endpoint("10.0.0.3", pod: "c")),
            Given.Pod("a", "9090=15007, 8080=15006"),
            Given.Pod("b", "9090=15007"),
            Given.Pod("c", "8080=99999,nonsense")));

    [Fact]
    public void PortNames_MustMatch()
    {
        var other = Given.Slice("catalog", Given.Endpoint("10.0.0.1"));
        other.Ports[0].Name = "grpc";

        Assert.Empty(Select(other));
    }

    [Fact]
    public void UdpPort_IsNoEndpoint()
    {
        var udp = Given.Slice("catalog", Given.Endpoint("10.0.0.1"));
        udp.Ports[0].Protocol = "UDP";

        Assert.Empty(Select(udp));
    }

    [Fact]
    public void PublishNotReadyAddresses_TakesThemAll()
    {
        var service = Given.Service("catalog");
        service.Spec.PublishNotReadyAddresses = true;
        var cluster = Given.Cluster(service, Given.Slice("catalog", Given.Endpoint("10.0.0.1", ready: true), Given.Endpoint("10.0.0.2", ready: false)));

        Assert.Equal(["10.0.0.1", "10.0.0.2"], EndpointSelection.Select(cluster, Given.Name("shop/catalog"), service.Spec.Ports[0]).Select(e => e.Address));
    }

    [Fact]
    public void Scope_LeavesItsOwn()
    {
        var (near, far) = (Given.Endpoint("10.0.0.1", pod: "a"), Given.Endpoint("10.0.0.2", ready: false));
        near.NodeName = "node-1";
        var service = Given.Service("catalog");
        var cluster = Given.Cluster(service, Given.Slice("catalog", near, far), Given.Slice("catalog", "six", "IPv6", Given.Endpoint("fd00::1", pod: "a")));

        Assert.Equal(["10.0.0.1"], Addresses(new(Node: "node-1")));
        Assert.Equal([], Addresses(new(Node: "node-2")));
        Assert.Equal(["10.0.0.2"], Addresses(new(Endpoint: "10.0.0.2:8080")));
        Assert.Equal(["fd00::1"], Addresses(new(Family: "IPv6")));
        Assert.Equal([], Addresses(DestinationScope.Inbound));

        IEnumerable<string> Addresses(DestinationScope scope) =>
            EndpointSelection.Select(cluster, Given.Name("shop/catalog"), service.Spec.Ports[0], scope).Select(e => e.Address);
    }

    [Fact]
    public void WeightZoneAndHints_AreGivenOut()
    {
        var endpoint = Given.Endpoint("10.0.0.1", pod: "a");
        (endpoint.Zone, endpoint.Hints) = ("west", new() { ForZones = [new() { Name = "west" }, new() { Name = "east" }] });
        var pod = Given.Pod("a");
        pod.Metadata.Annotations = new Dictionary<string, string> { ["mesh.io/weight"] = "25" };
        var service = Given.Service("catalog");
        var cluster = Given.Cluster(service, Given.Slice("catalog", endpoint), pod);

        var compiled = Assert.Single(EndpointSelection.Select(cluster, Given.Name("shop/catalog"), service.Spec.Ports[0]));

        Assert.Equal((25u, "west"), (compiled.Weight, compiled.Zone));
        Assert.Equal(["east", "west"], compiled.ForZones);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1001")]
    [InlineData("heavy")]
    public void WeightThatCannotBeRead_IsUnset(string weight)
    {
        var pod = Given.Pod("a");
        pod.Metadata.Annotations = new Dictionary<string, string> { ["mesh.io/weight"] = weight };
        var service = Given.Service("catalog");
        var cluster = Given.Cluster(service, Given.Slice("catalog", Given.Endpoint("10.0.0.1", pod: "a")), pod);

        Assert.Equal(0u, Assert.Single(EndpointSelection.Select(cluster, Given.Name("shop/catalog"), service.Spec.Ports[0])).Weight);
    }

    private static IEnumerable<string> Select(params IKubernetesObject<V1ObjectMeta>[] resources)
    {
        var service = Given.Service("catalog");
        var cluster = Given.Cluster([service, .. resources]);
        return EndpointSelection.Select(cluster, Given.Name("shop/catalog"), service.Spec.Ports[0]).Select(e => Authority.EndpointKey(e.Address, (int)e.Port));
    }
}
