using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Api.Resources;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Tests.Compilation;

public sealed class NameResolutionTests
{
    [Theory]
    [InlineData("catalog", "shop", "shop/catalog:80")]
    [InlineData("catalog", "other", "")]
    [InlineData("catalog.shop", "other", "shop/catalog:80")]
    [InlineData("catalog.shop.svc", "other", "shop/catalog:80")]
    [InlineData("catalog.shop.svc.cluster.local", "other", "shop/catalog:80")]
    [InlineData("Catalog.Shop.svc.cluster.local.:80", "other", "shop/catalog:80")]
    [InlineData("catalog.shop.svc.elsewhere.local", "other", "")]
    [InlineData("catalog.shop.cluster.local", "other", "")]
    [InlineData("catalog.shop:81", "other", "")]
    [InlineData("10.96.0.7", "other", "shop/catalog:80")]
    [InlineData("10.96.0.7:81", "other", "")]
    [InlineData("[::ffff:10.96.0.7]:80", "other", "shop/catalog:80")]
    [InlineData("[FD00::7]:80", "other", "shop/payments:80")]
    [InlineData("10.0.0.1:8080", "other", "shop/catalog:80#10.0.0.1:8080")]
    [InlineData("10.0.0.1:8081", "other", "")]
    [InlineData("10.0.0.2:8080", "other", "")]
    [InlineData("example.com", "other", "")]
    [InlineData("outside.shop", "other", "")]
    public void Authority_StandsForService(string authority, string clientNamespace, string expected)
    {
        var outside = Given.Service("outside");
        outside.Spec.Type = "ExternalName";
        var cluster = Given.Cluster(
            Given.Service("catalog", clusterIp: "10.96.0.7"), Given.Service("payments", clusterIp: "fd00:0::7"), outside,
            Given.Slice("catalog", Given.Endpoint("10.0.0.1")));

        Assert.Equal(expected, Resolve(cluster, authority, clientNamespace));
    }

    [Fact]
    public void ClusterDomain_ComesFromMeshConfig()
    {
        var cluster = Given.Cluster(
            Given.Service("catalog"),
            new MeshConfig { Metadata = new() { Name = MeshConfig.DefaultName }, Spec = new() { ClusterDomain = "example.org" } });

        Assert.Equal("shop/catalog:80", Resolve(cluster, "catalog.shop.svc.example.org", "other"));
        Assert.Equal("", Resolve(cluster, "catalog.shop.svc.cluster.local", "other"));
    }

    [Fact]
    public void ClientNamespace_IsNamedOnlyWhereItsPoliciesMatter()
    {
        var cluster = Given.Cluster(Given.Service("catalog"), Given.Policy("own", space: "web"), Given.Policy("producer"));

        Assert.Equal("shop/catalog:80@web", Resolve(cluster, "catalog.shop", "web"));
        Assert.Equal("shop/catalog:80", Resolve(cluster, "catalog.shop", "batch"));
        Assert.Equal("shop/catalog:80", Resolve(cluster, "catalog.shop", "shop"));
    }

    [Theory]
    [InlineData("inside", "shop/catalog:80")]
    [InlineData("twice", "shop/catalog:80")]
    [InlineData("outside", "")]
    [InlineData("circle", "")]
    [InlineData("dangling", "")]
    public void ExternalName_IsTheServiceThatItNamesWhereThatIsInTheCluster(string name, string expected)
    {
        var cluster = Given.Cluster(
            Given.Service("catalog"), External("inside", "Catalog.shop.svc.cluster.local."), External("twice", "inside.shop.svc.cluster.local"),
            External("outside", "db.example.com"), External("circle", "circle.shop.svc.cluster.local"), External("dangling", "gone.shop.svc.cluster.local"));

        Assert.Equal(expected, Resolve(cluster, name, "shop"));
    }

    [Fact]
    public void ExternalName_DependsOnEveryServiceOfItsChain()
    {
        var cluster = Given.Cluster(External("first", "second.shop.svc.cluster.local"), External("second", "gone.shop.svc.cluster.local"));

        Assert.Equal(["shop/first", "shop/second", "shop/gone"], Look(cluster, "first", new("shop")).Services.Select(service => service.ToString()));
    }

    [Theory]
    [InlineData("db.shop", "shop/db:80")]
    [InlineData("db.shop:8080", "shop/db:80")]
    [InlineData("db.shop:8081", "")]
    [InlineData("db-0.db.shop", "shop/db:80#10.0.0.1:8080")]
    [InlineData("db-0.db.shop.svc:8080", "shop/db:80#10.0.0.1:8080")]
    [InlineData("db-0.db.shop.svc.cluster.local", "shop/db:80#10.0.0.1:8080")]
    [InlineData("db-7.db.shop", "")]
    [InlineData("catalog-0.catalog.shop", "")]
    public void HeadlessService_GivesItsPodsByName(string authority, string expected)
    {
        var headless = Given.Service("db", clusterIp: "None");
        var endpoint = Given.Endpoint("10.0.0.1", pod: "db-0");
        endpoint.Hostname = "db-0";
        var other = Given.Endpoint("10.0.0.2", pod: "catalog-0");
        other.Hostname = "catalog-0";
        var cluster = Given.Cluster(headless, Given.Slice("db", endpoint), Given.Service("catalog"), Given.Slice("catalog", other));

        Assert.Equal(expected, Resolve(cluster, authority, "web"));
    }

    [Fact]
    public void AddressOfAPodBehindTwoServices_IsTheOldersOfThem()
    {
        var (older, newer) = (Given.Service("older"), Given.Service("newer"));
        (older.Metadata.CreationTimestamp, newer.Metadata.CreationTimestamp) = (DateTime.UnixEpoch, DateTime.UnixEpoch.AddDays(1));
        var cluster = Given.Cluster(newer, older, Given.Slice("newer", Given.Endpoint("10.0.0.1")), Given.Slice("older", Given.Endpoint("10.0.0.1")), Given.Policy("own", "older", space: "web"));

        Assert.Equal("shop/older:80#10.0.0.1:8080@web", Resolve(cluster, "10.0.0.1:8080", "web"));
    }

    [Theory]
    [InlineData("IPv4", "10.96.0.7", "shop/catalog:80")]
    [InlineData("IPv4", "[fd00::7]", "shop/catalog:80#ipv6")]
    [InlineData("IPv4", "catalog", "shop/catalog:80")]
    [InlineData("IPv6", "10.96.0.7", "shop/catalog:80#ipv4")]
    [InlineData("IPv6", "[fd00::7]", "shop/catalog:80")]
    public void AddressOfAFamily_LeadsToEndpointsOfThatFamily(string first, string authority, string expected)
    {
        var service = Given.Service("catalog", clusterIp: "10.96.0.7");
        (service.Spec.ClusterIPs, service.Spec.IpFamilies) = (["10.96.0.7", "fd00::7"], [first, first == "IPv4" ? "IPv6" : "IPv4"]);

        Assert.Equal(expected, Resolve(Given.Cluster(service), authority, "shop"));
    }

    [Theory]
    [InlineData("node-1", "shop/catalog:80#node=node-1")]
    [InlineData("", "shop/catalog:80")]
    public void InternalTrafficPolicyLocal_IsOfTheClientsNode(string node, string expected)
    {
        var service = Given.Service("catalog");
        service.Spec.InternalTrafficPolicy = "Local";

        Assert.Equal(expected, Resolve(Given.Cluster(service), "catalog", new Client("shop", node)));
    }

    [Theory]
    [InlineData("8080", 8080, "shop/catalog:80#inbound")]
    [InlineData("8080", 9090, "")]
    [InlineData("15006", 8080, "shop/catalog:80#inbound")]
    public void OwnSide_IsTheServiceThatSendsToThePodsPort(string slicePort, int applicationPort, string expected)
    {
        var slice = Given.Slice("catalog", Given.Endpoint("10.0.0.1", pod: "catalog-1"));
        slice.Ports[0].Port = int.Parse(slicePort);
        var cluster = Given.Cluster(Given.Service("catalog"), slice, Given.Pod("catalog-1", "8080=15006"), Given.Policy("own", space: "web"));

        Assert.Equal(expected, Resolve(cluster, $"inbound:{applicationPort}", new Client("shop", "", "catalog-1")));
        Assert.Equal("", Resolve(cluster, $"inbound:{applicationPort}", new Client("shop", "", "catalog-2")));
    }

    [Fact]
    public void OwnSideWithoutAPodObject_IsToldByItsOnlyPort()
    {
        var slice = Given.Slice("catalog", Given.Endpoint("127.0.0.1", pod: "catalog-1"));
        var own = new Client("shop", "", "catalog-1");

        Assert.Equal("shop/catalog:80#inbound", Resolve(Given.Cluster(Given.Service("catalog"), slice), "inbound:5000", own));
        slice.Ports = [.. slice.Ports, new() { Name = "admin", Port = 9090 }];
        Assert.Equal("", Resolve(Given.Cluster(Given.Service("catalog"), slice), "inbound:5000", own));
    }

    private static V1Service External(string name, string target)
    {
        var service = Given.Service(name);
        (service.Spec.Type, service.Spec.ExternalName, service.Spec.Ports) = ("ExternalName", target, null);
        return service;
    }

    private static string Resolve(ClusterSnapshot cluster, string text, string clientNamespace) =>
        Resolve(cluster, text, new Client(clientNamespace));

    private static string Resolve(ClusterSnapshot cluster, string text, Client client) => Look(cluster, text, client).Destination?.ToString() ?? "";

    private static ResolvedAuthority Look(ClusterSnapshot cluster, string text, Client client) =>
        Authority.TryParse(text, out var authority) ? NameResolution.Resolve(cluster, authority, client) : throw new FormatException(text);
}
