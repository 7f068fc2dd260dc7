using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Selectors;

/// <summary>What labels have to be: all requirements hold.</summary>
internal sealed partial class LabelSelector(IReadOnlyList<LabelRequirement> requirements)
{
    private static readonly HashSet<string> NoValues = [];

    public static readonly LabelSelector Everything = new([]);

    public bool Matches(IReadOnlyDictionary<string, string> labels) => requirements.All(requirement => requirement.Matches(labels));

    /// <summary>The form that queries use: <c>app=shop,tier in (a,b),!canary</c>.</summary>
    public static LabelSelector Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return Everything;
        return new([.. Separator().Split(text).Select(part => ParseRequirement(part.Trim()))]);
    }

    /// <summary>The form that objects use: matchLabels and matchExpressions.</summary>
    public static LabelSelector FromJson(JsonNode? selector)
    {
        var equal = (selector?["matchLabels"] as JsonObject ?? [])
            .Select(label => new LabelRequirement(label.Key, LabelOperator.In, new HashSet<string> { label.Value!.ToString() }));
        var expressions = selector.Items("matchExpressions").Select(expression => new LabelRequirement(
            expression.Text("key") ?? "",
            Enum.Parse<LabelOperator>(expression.Text("operator") ?? ""),
            (expression["values"] as JsonArray ?? []).Select(value => value!.ToString()).ToHashSet()));
        return new([.. equal, .. expressions]);
    }

    private static LabelRequirement ParseRequirement(string text)
    {
        var match = Requirement().Match(text);
        if (!match.Success)
        {
            throw ApiException.BadRequest(
                $"unable to parse requirement: found '{text}', expected key, !key, key=value, key!=value, key in (a,b) or key notin (a,b)");
        }

        var key = match.Groups["key"].Value;
        if (match.Groups["not"].Value.Length > 0) return new(key, LabelOperator.DoesNotExist, NoValues);
        var values = match.Groups["values"].Value.Split(',', StringSplitOptions.TrimEntries).ToHashSet();
        return match.Groups["operator"].Value switch
        {
            "" => new(key, LabelOperator.Exists, NoValues),
            "!=" or "notin" => new(key, LabelOperator.NotIn, values),
            _ => new(key, LabelOperator.In, values),
        };
    }

    [GeneratedRegex(@",(?![^(]*\))")]
    private static partial Regex Separator();

    [GeneratedRegex(@"^(?<not>!)?\s*(?<key>[A-Za-z0-9./_-]+)\s*(?:(?<operator>==|=|!=)\s*(?<values>[^()]*)|(?<operator>in|notin)\s*\((?<values>[^)]*)\))?$")]
    private static partial Regex Requirement();
}
