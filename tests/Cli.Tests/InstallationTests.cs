using Mesh.Cli.Cluster;
using Mesh.Cli.Installation;

namespace Mesh.Cli.Tests;

public sealed class InstallationTests
{
    [Theory]
    [InlineData("1.29", 0)]
    [InlineData("1.30", 2)]
    public void AdmissionPolicies_AreLeftOut_WhereTheClusterKnowsNone(string version, int expected)
    {
        var manifests = MeshManifests.Of(new() { Namespace = "mesh-system" });

        var known = MeshManifests.KnownTo(Version.Parse(version), manifests);

        Assert.Equal(expected, known.Count(o => o.Text("kind").StartsWith("ValidatingAdmissionPolicy", StringComparison.Ordinal)));
        Assert.Equal(manifests.Count - 2 + expected, known.Count);
    }
}
