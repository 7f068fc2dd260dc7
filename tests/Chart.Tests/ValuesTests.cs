using System.Text;
using System.Text.Json.Nodes;
using Mesh.Api.Resources;

namespace Mesh.Chart.Tests;

/// <summary>values.yaml has the defaults, values.schema.json the form and the meaning, README.md the table for readers.</summary>
public sealed class ValuesTests
{
    private const string Begin = "<!-- values: written by the tests, UPDATE_GOLDEN=1 -->\n";
    private const string End = "<!-- end of values -->\n";

    private static readonly string ReadmePath = Path.Combine(Repository.Chart, "README.md");
    private static readonly JsonNode Schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Chart, "values.schema.json")))!;
    private static readonly JsonNode Defaults = ManifestYaml.Parse(File.ReadAllText(Path.Combine(Repository.Chart, "values.yaml"))).Single();

    [Fact]
    public void Table_SaysWhatSchemaAndDefaultsSay()
    {
        var text = File.ReadAllText(ReadmePath);
        var start = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = text.IndexOf(End, StringComparison.Ordinal);
        var expected = text[..start] + Table() + text[end..];
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(ReadmePath, expected);
        Assert.Equal(expected, File.ReadAllText(ReadmePath));
    }

    [Fact]
    public void EveryDefault_HasASchema_AndEveryValueADefault()
    {
        // Helm's own, which no chart sets.
        string[] withoutDefault = ["global"];
        Assert.Equal(
            Leaves(Schema).Select(leaf => leaf.Path).Except(withoutDefault).Order(StringComparer.Ordinal),
            LeavesOf("", Defaults, Schema).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("replicas=3", "replicas")]
    [InlineData("operator.replica=3", "replica")]
    [InlineData("operator.replicas=0", "minimum")]
    [InlineData("operator.replicas=three", "integer")]
    [InlineData("webhook.failurePolicy=fail", "one of")]
    [InlineData("image.tag=a b", "pattern")]
    [InlineData("cni.binDirectory=opt", "pattern")]
    [InlineData("podMonitor.interval=30", "string")]
    public async Task Schema_RefusesWhatMakesNoSense(string value, string reason)
    {
        var error = (await Manifests.HelmAsync("template", "mesh", Repository.Chart, "--set", value)).Failed();
        Assert.Contains(value[..value.IndexOf('=', StringComparison.Ordinal)].Split('.')[0], error, StringComparison.Ordinal);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    private static string Table()
    {
        var table = new StringBuilder("| value | default | meaning | allowed |\n|---|---|---|---|\n");
        foreach (var (path, schema) in Leaves(Schema))
            table.Append($"| `{path}` | {Default(path)} | {schema["description"]} | {Allowed(schema)} |\n");
        return table.ToString();
    }

    private static string Default(string path) => path.Split('.').Aggregate((JsonNode?)Defaults, (node, name) => node?[name]) switch
    {
        null => "",
        JsonValue value when value.ToJsonString() is "\"\"" => "empty",
        JsonValue value => $"`{value}`",
        var node => $"`{node.ToJsonString()}`",
    };

    private static string Allowed(JsonNode schema) => schema switch
    {
        _ when schema["enum"] is JsonArray words => string.Join(", ", words.Select(word => $"`{word}`")),
        _ when schema["minimum"] is { } minimum => $"{minimum} to {schema["maximum"]}",
        _ => (string)schema["type"]! switch { "boolean" => "`true`, `false`", "array" => "a list", "object" => "a map", var type => type },
    };

    // A resources block, or a map with keys of its own, is one value.
    private static bool IsGroup(JsonNode schema) => schema["properties"] is JsonObject p && p.All(entry => entry.Value!["description"] is not null);

    private static IEnumerable<(string Path, JsonNode Schema)> Leaves(JsonNode schema, string prefix = "") =>
        schema["properties"]!.AsObject().SelectMany(entry => IsGroup(entry.Value!)
            ? Leaves(entry.Value!, $"{prefix}{entry.Key}.")
            : [($"{prefix}{entry.Key}", entry.Value!)]);

    private static IEnumerable<string> LeavesOf(string path, JsonNode? value, JsonNode? schema) =>
        schema is not null && IsGroup(schema) && value is JsonObject group
            ? group.SelectMany(entry => LeavesOf(path.Length == 0 ? entry.Key : $"{path}.{entry.Key}", entry.Value, schema["properties"]![entry.Key]))
            : [path];
}
