using System.Net;
using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Chaos.Failures;
using Mesh.Rig;

namespace Mesh.Chaos.Tests;

public sealed class PolicyTests
{
    private static readonly string Folder = Path.Combine(Programs.Repository, "samples/chaos");

    [Theory]
    [InlineData("services.yaml")]
    [InlineData("policy.yaml")]
    public void FileThatUsersCopy_IsValid(string file)
    {
        var manifest = ManifestReader.Read(file, File.ReadAllText(Path.Combine(Folder, file)));

        Assert.Empty(manifest.Errors);
        Assert.NotEmpty(manifest.Objects);
    }

    [Fact]
    public void EveryServiceThatFails_IsThereAndUnderThePolicy()
    {
        var services = Read("services.yaml").OfType<V1Service>().Select(service => service.Name());
        var targets = Read("policy.yaml").OfType<TrafficPolicy>().First().Spec.TargetRefs.Select(target => target.Name);
        var played = AllFailures.InOrder.SelectMany(failure => failure.Cast((service, number) => new(service, number, IPAddress.Loopback))).Select(replica => replica.Service).ToHashSet();

        Assert.Superset(played, services.ToHashSet());
        Assert.Superset(played, targets.ToHashSet());
    }

    private static IEnumerable<object> Read(string file) => ManifestReader.Read(file, File.ReadAllText(Path.Combine(Folder, file))).Objects;
}
