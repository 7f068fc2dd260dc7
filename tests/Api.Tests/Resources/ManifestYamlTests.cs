using System.Text;
using Mesh.Api.Resources;

namespace Mesh.Api.Tests.Resources;

public sealed class ManifestYamlTests
{
    [Theory]
    [InlineData("a: ", "null")]
    [InlineData("a: ~", "null")]
    [InlineData("a: null", "null")]
    [InlineData("a: true", "true")]
    [InlineData("a: False", "false")]
    [InlineData("a: yes", "\"yes\"")]
    [InlineData("a: on", "\"on\"")]
    [InlineData("a: 1", "1")]
    [InlineData("a: +1", "1")]
    [InlineData("a: -0", "0")]
    [InlineData("a: 010", "10")]
    [InlineData("a: 0o10", "8")]
    [InlineData("a: 0xfF", "255")]
    [InlineData("a: 1_000", "\"1_000\"")]
    [InlineData("a: 1.5", "1.5")]
    [InlineData("a: 2.0", "2")]
    [InlineData("a: 1e3", "1000")]
    [InlineData("a: .5", "0.5")]
    [InlineData("a: 1.2.3.4", "\"1.2.3.4\"")]
    [InlineData("a: 12:30", "\"12:30\"")]
    [InlineData("a: 2026-01-31", "\"2026-01-31\"")]
    [InlineData("a: 9223372036854775807", "9223372036854775807")]
    [InlineData("a: 1e999", "\"1e999\"")]
    [InlineData("a: '1'", "\"1\"")]
    [InlineData("a: \"true\"", "\"true\"")]
    [InlineData("a: !!str 1", "\"1\"")]
    [InlineData("a: ! 1", "\"1\"")]
    [InlineData("a: |\n  x\n  y\n", "\"x\\ny\\n\"")]
    [InlineData("a: >-\n  x\n  y\n", "\"x y\"")]
    [InlineData("a: [1, b]", "[1,\"b\"]")]
    [InlineData("a: {b: {}}", "{\"b\":{}}")]
    public void Value_MeansWhatTheCoreSchemaSays(string yaml, string json) =>
        Assert.Equal(json, Assert.Single(ManifestYaml.Parse(yaml))["a"]?.ToJsonString() ?? "null");

    [Theory]
    [InlineData("a: &x {b: 1}\nc: *x", """{"a":{"b":1},"c":{"b":1}}""")]
    [InlineData("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3", """{"a":{"b":1,"c":2},"d":{"c":3,"b":1}}""")]
    [InlineData("a: &x {b: 1}\ne: &y {b: 2, c: 2}\nd:\n  <<: [*x, *y]", """{"a":{"b":1},"e":{"b":2,"c":2},"d":{"b":1,"c":2}}""")]
    [InlineData("\"<<\": 1", """{"\u003C\u003C":1}""")]
    public void AliasesAndMergeKeys_AreWrittenOut(string yaml, string json) =>
        Assert.Equal(json, Assert.Single(ManifestYaml.Parse(yaml)).ToJsonString());

    [Theory]
    [InlineData("a: 1\nb: 2\na: 3", "line 3: a: found a second time (first in line 1), expected each key once")]
    [InlineData("x: {a: 1, \"a\": 2}", "line 1: x.a: found a second time (first in line 1), expected each key once")]
    [InlineData("? [a]\n: b", "line 1: found a key that is no text, expected text")]
    [InlineData("a: *b", "line 1: found alias *b, expected an anchor &b before it")]
    [InlineData("a: &b\n  c: *b", "line 2: found alias *b inside what it stands for, expected no cycle")]
    [InlineData("a: .inf", "line 1: found .inf, expected a value that JSON has")]
    [InlineData("a: .NaN", "line 1: found .NaN, expected a value that JSON has")]
    [InlineData("a: !!binary aGk=", "line 1: found the tag tag:yaml.org,2002:binary, expected none")]
    [InlineData("a: !python/object:os.system x", "line 1: found the tag !python/object:os.system, expected none")]
    [InlineData("a: {<<: 1}", "line 1: found a merge key << with something else than objects, expected an object or a list of objects")]
    public void TextOfAnotherMeaning_IsRefused(string yaml, string error) =>
        Assert.Equal(error, Assert.Throws<FormatException>(() => ManifestYaml.Parse(yaml)).Message);

    [Theory]
    [InlineData("a: [")]
    [InlineData("a: }")]
    [InlineData("a: 'x")]
    [InlineData("a: \"\\q\"")]
    [InlineData("a:\n\t- b")]
    [InlineData("a: b: c")]
    [InlineData("- a\nb: c")]
    [InlineData("a: @b")]
    [InlineData("%TAG\n---\na: b")]
    public void TextThatIsNoYaml_IsRefused(string yaml) =>
        Assert.Matches(@"^line \d+: ", Assert.Throws<FormatException>(() => ManifestYaml.Parse(yaml)).Message);

    [Fact]
    public void BillionLaughs_AreRefused()
    {
        var yaml = new StringBuilder("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
        for (var i = 1; i < 12; i++) yaml.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");

        AssertRefused("found aliases that stand for more than 10000 values, expected fewer", yaml.ToString());
    }

    [Fact]
    public void BillionLaughsByMergeKeys_AreRefused()
    {
        var yaml = new StringBuilder("a0: &a0 {").AppendJoin(", ", Enumerable.Range(0, 100).Select(i => $"k{i}: 1")).Append("}\n");
        for (var i = 1; i < 200; i++) yaml.Append($"a{i}: &a{i} {{<<: *a{i - 1}}}\n");

        AssertRefused("found aliases that stand for more than 10000 values, expected fewer", yaml.ToString());
    }

    [Fact]
    public void Depth_IsBounded()
    {
        AssertRefused("found more than 64 levels, expected fewer", new string('[', 100_000));
        AssertRefused("found more than 64 levels, expected fewer", string.Concat(Enumerable.Range(0, 100).Select(i => $"{new string(' ', i)}a:\n")));
        AssertRefused("found more than 64 levels, expected fewer", $"a: &a {new string('[', 40)}{new string(']', 40)}\nb: {new string('[', 40)}*a{new string(']', 40)}");
        Assert.Single(ManifestYaml.Parse($"{new string('[', 64)}{new string(']', 64)}"));
    }

    [Fact]
    public void Size_IsBounded()
    {
        AssertRefused("found a document of 3145734 characters, expected at most 3145728", "a: \"" + new string('x', (3 * 1024 * 1024) + 1) + "\"");
        AssertRefused("found more than 200000 values in one document, expected fewer", $"[{string.Join(',', Enumerable.Repeat("1", 200_001))}]");
    }

    [Fact]
    public void LongDigits_AreText() => Assert.Equal(100_000, ((string?)Assert.Single(ManifestYaml.Parse("a: " + new string('9', 100_000)))["a"])!.Length);

    [Fact]
    public void AnyText_IsReadOrRefused()
    {
        // Mutations of a real manifest: whatever comes of them, nothing but a FormatException may escape.
        var manifest = Repository.Read("config", "samples", "trafficpolicy.yaml");
        const string Alphabet = "{}[]:,-&*!|>'\"%@`#\n\t ?<~.\\ax1\0\uFEFF\u2028\u0085";
        var random = new Random(11);
        for (var i = 0; i < 1_000; i++)
        {
            var text = new StringBuilder(manifest);
            for (var edits = random.Next(1, 12); edits > 0; edits--)
            {
                var at = random.Next(text.Length);
                if (random.Next(3) == 0) text.Remove(at, Math.Min(random.Next(1, 20), text.Length - at));
                else text.Insert(at, Alphabet[random.Next(Alphabet.Length)]);
            }
            var file = ManifestReader.Read("fuzz.yaml", text.ToString());
            Assert.True(file.Errors.All(e => e.Line >= 1 && e.Message.Length > 0));
        }
    }

    private static void AssertRefused(string error, string yaml) =>
        Assert.EndsWith(error, Assert.Throws<FormatException>(() => ManifestYaml.Parse(yaml)).Message, StringComparison.Ordinal);
}
