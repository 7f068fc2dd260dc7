using Mesh.Api.Identity;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Tests;

public sealed class IdentityTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("meshctl-").FullName;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [Fact]
    public void Rotate_AsksTheOperatorOfAStateFolder()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_state, IdentityFiles.Folder)).FullName;
        File.WriteAllText(Path.Combine(folder, IdentityFiles.Anchors), "");

        var run = Run.Meshctl("identity", "rotate", "--state", _state);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.NotEmpty(File.ReadAllText(Path.Combine(folder, IdentityFiles.RotationRequest)));
    }

    [Fact]
    public void FolderWithoutAuthority_IsWrongUsage()
    {
        var run = Run.Meshctl("identity", "rotate", "--state", _state);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("has no trust anchors", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Rotate_AsksTheOperatorOfACluster()
    {
        var cluster = new FakeCluster();
        cluster.Add("""
            kind: Secret
            metadata: {name: mesh-identity, namespace: platform, annotations: {other: kept}}
            """);

        var run = Run.MeshctlOn(cluster, "identity", "rotate", "--namespace", "platform");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var annotations = cluster["secret", IdentityNames.Secret]["metadata"]!["annotations"];
        Assert.Equal((HealthyMesh.Now.ToString("O"), "kept"), (annotations.Text(IdentityNames.RotateAnnotation), annotations.Text("other")));
    }

    [Fact]
    public void ClusterWithoutAuthority_IsSaid()
    {
        var run = Run.MeshctlOn(new FakeCluster(), "identity", "rotate");

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("NotFound", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void NoCluster_IsSaid()
    {
        var run = Run.Meshctl("identity", "rotate", "--kubeconfig", Path.Combine(_state, "none"));

        Assert.Equal(3, run.ExitCode);
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
    }
}
