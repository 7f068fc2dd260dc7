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
    [InlineData("10.0.0.1:8080", "other", "")]
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

    private static string Resolve(ClusterSnapshot cluster, string text, string clientNamespace) =>
        Authority.TryParse(text, out var authority) ? NameResolution.Resolve(cluster, authority, clientNamespace)?.ToString() ?? "" : throw new FormatException(text);
}
