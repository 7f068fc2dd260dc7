using System.Text.RegularExpressions;
using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Api.Tests.Resources;

/// <summary>docs/reference and the schemas name the same fields, defaults and bounds.</summary>
public sealed partial class ReferenceTests
{
    [Theory]
    [InlineData("trafficpolicies.mesh.io", "trafficpolicy.md")]
    [InlineData("meshconfigs.mesh.io", "meshconfig.md")]
    public void FieldsOfTheReference_AreThoseOfTheSchema(string definition, string page)
    {
        var rows = Rows(page);

        Assert.Equal(Fields(definition).Select(f => f.Path).Order(), rows.Keys.Order());
    }

    [Theory]
    [InlineData("trafficpolicies.mesh.io", "trafficpolicy.md")]
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

    [Theory]
    [InlineData("trafficpolicy.md")]
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
