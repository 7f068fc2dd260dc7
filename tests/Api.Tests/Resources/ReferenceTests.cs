using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Api.Tests.Resources;

/// <summary>docs/reference and the schemas name the same fields, defaults and bounds.</summary>
public sealed partial class ReferenceTests
{
    [Theory]
    [InlineData("trafficpolicies.mesh.io", "trafficpolicy.md")]
    [InlineData("authorizationpolicies.mesh.io", "authorizationpolicy.md")]
    [InlineData("meshconfigs.mesh.io", "meshconfig.md")]
    public void FieldsOfTheReference_AreThoseOfTheSchema(string definition, string page)
    {
        var rows = Rows(page);

        Assert.Equal(Fields(definition).Select(f => f.Path).Order(), rows.Keys.Order());
    }

    [Theory]
    [InlineData("trafficpolicies.mesh.io", "trafficpolicy.md")]
    [InlineData("authorizationpolicies.mesh.io", "authorizationpolicy.md")]
    [InlineData("meshconfigs.mesh.io", "meshconfig.md")]
    public void DefaultsAndBoundsOfTheReference_AreThoseOfTheSchema(string definition, string page)
    {
        var rows = Rows(page);
        foreach (var (path, schema) in Fields(definition).Where(f => f.Path.StartsWith("spec.", StringComparison.Ordinal)))
        {
            if (Default().Match(schema.Description) is { Success: true } described) Assert.Contains(described.Groups[1].Value, rows[path], StringComparison.Ordinal);
            if (schema.Minimum is not null) Assert.Contains($"{schema.Minimum} to {schema.Maximum}", rows[path], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void EveryFieldOfATrafficPolicy_StandsBesideLinkerdsAndIstios()
    {
        var rows = Rows("trafficpolicy.md");
        var leaves = Fields("trafficpolicies.mesh.io").Where(f => f.Path.StartsWith("spec.", StringComparison.Ordinal)
            && !f.Path.StartsWith("spec.targetRefs", StringComparison.Ordinal) && f.Schema.Properties is null);

        Assert.All(leaves, leaf =>
        {
            var cells = rows[leaf.Path].Trim('|').Split('|', StringSplitOptions.TrimEntries);
            Assert.Equal(7, cells.Length);
            // Field, meaning, range, Linkerd's, Istio's; what is required has no default to give a reason for.
            Assert.All([0, 1, 3, 4, 5], index => Assert.NotEqual("", cells[index]));
            if (cells[2].StartsWith('`')) Assert.NotEqual("", cells[6]);
        });
    }

    [Fact]
    public void FullSample_HasEveryField()
    {
        var sample = ManifestYaml.Parse(Repository.Read("config", "samples", "trafficpolicy-full.yaml")).Single();
        // The other two ways to hash, and to abort, exclude the ones shown; "true" is another name; the breaker of the destination shows what differs.
        string[] left =
        [
            "spec.retries.true", "spec.loadBalancer.hash.cookie", "spec.loadBalancer.hash.caller", "spec.faults[].abort.grpcCode",
            "spec.targetRefs[].group", "spec.targetRefs[].kind", "spec.targetRefs[].namespace",
        ];
        var shown = Paths(sample, "").ToHashSet();

        Assert.Empty(Fields("trafficpolicies.mesh.io").Select(f => f.Path)
            .Where(path => path.StartsWith("spec.", StringComparison.Ordinal) && !path.StartsWith("spec.circuitBreaker.destination.", StringComparison.Ordinal))
            .Except(shown).Except(left));
    }

    [Theory]
    [InlineData("trafficpolicy.md")]
    [InlineData("authorizationpolicy.md")]
    [InlineData("meshconfig.md")]
    public void Examples_AreValid(string page)
    {
        foreach (Match example in Example().Matches(Repository.Read("docs", "reference", page)))
        {
            var file = ManifestReader.Read(page, example.Groups[1].Value);
            Assert.Empty(file.Errors);
            Assert.Single(file.Objects);
        }
    }

    private static IEnumerable<string> Paths(JsonNode? node, string path) => node switch
    {
        JsonObject fields => fields.SelectMany(field => Paths(field.Value, path.Length == 0 ? field.Key : $"{path}.{field.Key}")).Prepend(path),
        JsonArray items => items.SelectMany(item => Paths(item, $"{path}[]")).Prepend(path),
        _ => [path],
    };

    private static IEnumerable<(string Path, V1JSONSchemaProps Schema)> Fields(string definition) =>
        Schemas.Of(CustomResourceDefinitions.All.Single(d => d.Metadata.Name == definition)).Properties()
            .Where(f => f.Path.Contains('.', StringComparison.Ordinal) && !f.Path.EndsWith("[]", StringComparison.Ordinal));

    private static Dictionary<string, string> Rows(string page) =>
        Row().Matches(Repository.Read("docs", "reference", page)).ToDictionary(r => r.Groups[1].Value, r => r.Value);

    [GeneratedRegex(@"^\| `((?:spec|status)\.[^`]+)` \|.*$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"Default: ([^.,]+(?:, [A-Z][^.,]+)*(?:\.[a-z]+)?)")]
    private static partial Regex Default();

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
