using System.Net;
using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Rig;
using Mesh.Rig.Pods;

namespace Mesh.Shop.Tests;

public sealed class ManifestTests
{
    private static readonly Ports SomePorts = new(8080, 8081, 15006, 15001, 15000, 15010, 15014);

    public static TheoryData<string> FilesThatUsersEdit() =>
        [.. Directory.GetFiles(Path.Combine(Programs.Repository, "samples/shop/mesh")).Select(file => Path.GetFileName(file)).Where(file => file != "kustomization.yaml")];

    [Theory]
    [MemberData(nameof(FilesThatUsersEdit))]
    public void FileThatUsersEdit_IsValid(string file)
    {
        var manifest = ManifestReader.Read(file, File.ReadAllText(Path.Combine(Programs.Repository, "samples/shop/mesh", file)));

        Assert.Empty(manifest.Errors);
        Assert.NotEmpty(manifest.Objects);
    }

    [Fact]
    public void Endpoints_AreAnEndpointSliceForEachServiceAndAPodForEachReplica()
    {
        var manifest = ManifestReader.Read("endpoints.yaml", EndpointManifests.Write("shop",
        [
            new("catalog", 1, IPAddress.Parse("127.0.9.22")),
            new("catalog", 2, IPAddress.Parse("127.0.9.23")),
            new("payments", 1, IPAddress.Parse("127.0.9.25")),
        ], SomePorts));

        Assert.Empty(manifest.Errors);
        Assert.Equal(["catalog-1", "catalog-2", "payments-1"], manifest.Objects.OfType<V1Pod>().Select(pod => pod.Name()));
        var catalog = manifest.Objects.OfType<V1EndpointSlice>().Single(slice => slice.GetLabel("kubernetes.io/service-name") == "catalog");
        Assert.Equal(["127.0.9.22", "127.0.9.23"], catalog.Endpoints.SelectMany(endpoint => endpoint.Addresses));
    }

    [Fact]
    public void Pods_TellWhereTheirSidecarListensForThem()
    {
        var manifest = ManifestReader.Read("endpoints.yaml", EndpointManifests.Write("shop", [new("catalog", 1, IPAddress.Parse("127.0.9.22"))], SomePorts));

        Assert.Equal("8080=15006", manifest.Objects.OfType<V1Pod>().Single().GetAnnotation("mesh.io/inbound-ports"));
    }
}
