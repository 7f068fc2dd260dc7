namespace Mesh.Chart.Tests;

/// <summary>helm install and kubectl apply -k bring the same. Whoever changes one and not the other is told where.</summary>
public sealed class ParityTests
{
    // helm makes the release's namespace itself (--create-namespace), and a chart that had it would delete it with all it holds.
    private const string ReleaseNamespace = "Namespace mesh-system";

    [Theory]
    [InlineData(".")]
    [InlineData("ha", "-f", "charts/mesh/values-ha.yaml")]
    public async Task Chart_BringsWhatConfigBrings(string folder, params string[] values)
    {
        var chart = await Manifests.OfChartAsync([.. values.Select(FromRoot)]);
        var config = (await Manifests.OfConfigAsync(folder)).WithoutOrigin();

        var differences = Manifests.Differences(chart.WithoutOrigin(), config).ToList();

        Assert.Equal([$"{ReleaseNamespace}: config has it, the chart has not"], differences);
    }

    [Fact]
    public async Task Chart_WithTheCniPlugin_BringsWhatConfigBrings()
    {
        var without = await Manifests.OfChartAsync();
        var chart = (await Manifests.OfChartAsync("--set", "cni.enabled=true")).WithoutOrigin();
        var config = (await Manifests.OfConfigAsync("cni")).WithoutOrigin();

        var differences = Manifests.Differences(chart, config).Where(d => !without.Objects.Keys.Any(key => d.StartsWith(key + ":", StringComparison.Ordinal))).ToList();

        Assert.Equal(["MeshConfig default: the chart has it, config has not"], differences);
        Assert.Equal("Cni", (string?)chart["MeshConfig default"]["spec"]!["proxy"]!["interception"]);
    }

    private static string FromRoot(string argument) => argument.StartsWith('-') ? argument : Path.Combine(Repository.Root, argument);
}
