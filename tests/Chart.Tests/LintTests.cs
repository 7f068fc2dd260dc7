namespace Mesh.Chart.Tests;

public sealed class LintTests
{
    [Theory]
    [InlineData]
    [InlineData("-f", "values-ha.yaml")]
    [InlineData("--set", "cni.enabled=true,dashboard.enabled=true,podMonitor.enabled=true,autoscaling.enabled=true,networkPolicy.enabled=true,image.registry=registry.example/platform")]
    public async Task Lint_FindsNothing(params string[] arguments)
    {
        string[] values = [.. arguments.Select(argument => argument.EndsWith(".yaml", StringComparison.Ordinal) ? Path.Combine(Repository.Chart, argument) : argument)];
        Assert.Contains("1 chart(s) linted, 0 chart(s) failed", (await Manifests.HelmAsync(["lint", "--strict", Repository.Chart, .. values])).Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Package_HoldsTheDefinitions()
    {
        var folder = Directory.CreateTempSubdirectory("mesh-chart-");
        try
        {
            (await Manifests.HelmAsync("package", Repository.Chart, "--destination", folder.FullName)).Succeeded();
            var definitions = (await Manifests.HelmAsync("show", "crds", folder.GetFiles().Single().FullName)).Succeeded();
            foreach (var definition in Directory.EnumerateFiles(Path.Combine(Repository.Config, "crds"), "*.mesh.io.yaml"))
                Assert.Contains(await File.ReadAllTextAsync(definition, TestContext.Current.CancellationToken), definitions, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
