using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Mesh.Chart.Tests;

/// <summary>The dashboard asks for nothing that isn't measured: docs/reference/metrics.md has every metric and label that there is.</summary>
public sealed partial class DashboardTests
{
    // By Prometheus itself: where a sample is from, and the bound of a histogram's bucket.
    private static readonly string[] Prometheus = ["namespace", "exported_namespace", "le"];

    private static readonly Dictionary<string, Metric> Metrics = File.ReadLines(Path.Combine(Repository.Root, "docs", "reference", "metrics.md"))
        .Select(line => line.Split(" | ")).Where(cells => cells is [['|', ' ', '`', 'm', 'e', 's', 'h', '_', ..], _, _, ..])
        .ToDictionary(cells => cells[0].Trim('|', ' ', '`'), cells => new Metric(cells[1].Trim(), [.. Quoted().Matches(cells[2]).Select(match => match.Groups[1].Value)]));

    [Fact]
    public async Task Dashboard_IsThere_WhereItIsAskedFor()
    {
        Assert.DoesNotContain((await Manifests.OfChartAsync()).Objects.Keys, key => key.Contains("dashboard", StringComparison.Ordinal));

        var map = (await Manifests.OfChartAsync("--set", "dashboard.enabled=true"))["ConfigMap mesh-system/mesh-dashboard"];

        Assert.Equal("1", (string?)map["metadata"]!["labels"]!["grafana_dashboard"]);
        Assert.Equal(File.ReadAllText(Source).TrimEnd(), (string?)map["data"]!["mesh.json"]);
    }

    [Fact]
    public void Panels_HaveIdsAndPlacesOfTheirOwn_AndAreNamed()
    {
        Assert.Equal(Panels.Count, Panels.Select(panel => (int)panel["id"]!).Distinct().Count());
        Assert.All(Panels, panel => Assert.NotEmpty((string)panel["title"]!));
        Assert.Equal(Panels.Count, Panels.Select(panel => ((int)panel["gridPos"]!["x"]!, (int)panel["gridPos"]!["y"]!)).Distinct().Count());
    }

    [Theory]
    [InlineData("mesh_requests_total")]
    [InlineData("mesh_request_duration_seconds")]
    [InlineData("mesh_retries_total")]
    [InlineData("mesh_breaker_state")]
    [InlineData("mesh_operator_proxies")]
    [InlineData("mesh_operator_admission_failures_total")]
    public void Dashboard_ShowsWhatMatters(string metric) => Assert.Contains(Expressions, expression => MetricsOf(expression).Contains(metric));

    [Fact]
    public void Expressions_AskForWhatIsMeasured()
    {
        Assert.NotEmpty(Expressions);
        Assert.Empty(Expressions.SelectMany(MetricsOf).Except(Metrics.Keys));
        Assert.Empty(Expressions.SelectMany(expression => LabelsOf(expression).Except(MetricsOf(expression).SelectMany(metric => Metrics[metric].Labels).Concat(Prometheus)).Select(label => $"{label}: {expression}")));
    }

    [Fact]
    public void Expressions_CountersAreRates_AndGaugesAreNot() =>
        Assert.All(Expressions, expression => Assert.All(Names().Matches(expression), name =>
            Assert.Equal(Metrics[Base(name.Value)].Type != "gauge", expression[..name.Index].EndsWith("rate(", StringComparison.Ordinal))));

    private static string Source => Path.Combine(Repository.Chart, "dashboards", "mesh.json");

    private static IReadOnlyList<JsonNode> Panels { get; } = [.. JsonNode.Parse(File.ReadAllText(Source))!["panels"]!.AsArray().Select(panel => panel!)];

    private static IReadOnlyList<string> Expressions { get; } =
        [.. Panels.Where(panel => panel["targets"] is not null).SelectMany(panel => panel["targets"]!.AsArray()).Select(target => (string)target!["expr"]!)];

    private static string[] MetricsOf(string expression) => [.. Names().Matches(expression).Select(match => Base(match.Value))];

    private static IEnumerable<string> LabelsOf(string expression) =>
        Matchers().Matches(expression).Select(match => match.Groups[1].Value).Concat(Groupings().Matches(expression).SelectMany(match => match.Groups[1].Value.Split(", ")));

    // A histogram is read by its series.
    private static string Base(string name) => Metrics.Where(metric => metric.Value.Type == "histogram").Select(metric => metric.Key)
        .FirstOrDefault(histogram => name == $"{histogram}_bucket" || name == $"{histogram}_sum" || name == $"{histogram}_count") ?? name;

    private sealed record Metric(string Type, string[] Labels);

    [GeneratedRegex(@"\bmesh_[a-z_]+")]
    private static partial Regex Names();

    [GeneratedRegex(@"[{,](\w+)(?:=~|!~|!=|=)""")]
    private static partial Regex Matchers();

    [GeneratedRegex(@"by \(([^)]*)\)")]
    private static partial Regex Groupings();

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Quoted();
}
