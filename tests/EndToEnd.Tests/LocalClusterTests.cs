using System.Diagnostics;
using System.Reflection;
using Mesh.EndToEnd.Tests.Namespaces;

namespace Mesh.EndToEnd.Tests;

/// <summary>The cluster of processes that <c>make e2e-local</c> runs on does what its README says. The mesh on it takes minutes, and is that target's.</summary>
public sealed class LocalClusterTests
{
    [Fact]
    public async Task Check_Passes()
    {
        Assert.SkipWhen(NetworkNamespace.Lack is not null, NetworkNamespace.Lack ?? "");
        var start = new ProcessStartInfo("bash", ["eng/e2e-local.sh", "tests/LocalCluster/check.sh"])
        {
            WorkingDirectory = Metadata("Repository"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CONFIGURATION"] = Metadata("Configuration");
        start.Environment["PROXY"] = Meshes.MeshProcess.PathOf("mesh-proxy");
        var cancellation = TestContext.Current.CancellationToken;
        using var process = Process.Start(start)!;
        await using var kill = cancellation.Register(() => process.Kill(entireProcessTree: true));
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));

        await process.WaitForExitAsync(cancellation);

        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}\n{await output}\n{await errors}");
    }

    private static string Metadata(string key) =>
        typeof(LocalClusterTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!;
}
