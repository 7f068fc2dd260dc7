using System.Text.RegularExpressions;

namespace Mesh.Api.Resources.Validation;

/// <summary>What can hold: a rule that nothing could ever match is more likely a mistake, and as a Deny a hole.</summary>
internal static partial class AuthorizationPolicyRules
{
    public static IEnumerable<FieldError> Check(AuthorizationPolicySpec spec) =>
    [
        .. Targets(spec),
        .. FieldRules.Each("spec.rules", spec.Rules, Rule),
        .. Names(spec.Rules),
        .. FieldRules.Each("spec.jwt", spec.Jwt, JwtRules.Check),
        .. JwtRules.Unique("spec.jwt", spec.Jwt),
    ];

    private static IEnumerable<FieldError> Targets(AuthorizationPolicySpec spec)
    {
        if (spec is { TargetRefs: not null, PodSelector: not null }) yield return new("spec", "targetRefs and podSelector", "one of the two");
        var seen = new HashSet<(string, string, string)>();
        for (var i = 0; i < spec.TargetRefs?.Count; i++)
        {
            var target = spec.TargetRefs[i];
            if (!seen.Add((target.Group, target.Kind, target.Name))) yield return new($"spec.targetRefs[{i}]", $"{target.Kind} {target.Name} a second time", "each target only once");
        }
        foreach (var label in spec.PodSelector?.MatchLabels ?? new Dictionary<string, string>())
        {
            var path = FieldPath.Append("spec.podSelector.matchLabels", label.Key);
            if (!LabelName().IsMatch(label.Key)) yield return new(path, label.Key, "a label's name, such as app or app.kubernetes.io/name");
            if (!LabelValue().IsMatch(label.Value)) yield return new(path, $"\"{label.Value}\"", "a label's value: letters, digits, -, _ and .");
        }
    }

    private static IEnumerable<FieldError> Names(IReadOnlyList<AuthorizationRuleSettings>? rules)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < rules?.Count; i++)
        {
            if (rules[i].Name is { } name && !seen.Add(name)) yield return new($"spec.rules[{i}].name", $"{name} a second time", "each name only once");
        }
    }

    private static IEnumerable<FieldError> Rule(string path, AuthorizationRuleSettings rule) =>
    [
        .. FieldRules.Each($"{path}.from", rule.From, Source),
        .. FieldRules.Each($"{path}.to", rule.To, Operation),
        .. FieldRules.Each($"{path}.when", rule.When, Condition),
    ];

    private static IEnumerable<FieldError> Source(string path, AuthorizationSourceSettings source)
    {
        if (source is { Namespaces: null, ServiceAccounts: null, Identities: null, Cidrs: null, Unauthenticated: null }) yield return new(path, "nothing", "at least one field");
        if (source is { Unauthenticated: true } and not { Namespaces: null, ServiceAccounts: null, Identities: null })
            yield return new(path, "unauthenticated beside an identity", "one of the two: who proves no identity has none");
        for (var i = 0; i < source.Cidrs?.Count; i++)
        {
            if (!Interception.AddressRange.TryParse(source.Cidrs[i], out _)) yield return new($"{path}.cidrs[{i}]", source.Cidrs[i], Interception.AddressRange.Expected);
        }
        for (var i = 0; i < source.Identities?.Count; i++)
        {
            if (source.Identities[i] is not ['*', ..] && !source.Identities[i].StartsWith("spiffe://", StringComparison.Ordinal))
                yield return new($"{path}.identities[{i}]", source.Identities[i], "spiffe://trust-domain/ns/namespace/sa/service-account, with * for any run of characters");
        }
    }

    private static IEnumerable<FieldError> Operation(string path, AuthorizationOperationSettings operation)
    {
        if (operation is { Ports: null, Methods: null, Paths: null, Hosts: null, Grpc: null }) yield return new(path, "nothing", "at least one field");
        foreach (var error in FieldRules.Each($"{path}.paths", operation.Paths, Path)) yield return error;
    }

    private static IEnumerable<FieldError> Path(string path, PathMatchSettings match)
    {
        var set = new[] { ("exact", match.Exact), ("prefix", match.Prefix), ("template", match.Template) }.Where(form => form.Item2 is not null).ToList();
        if (set.Count != 1) return [new(path, set.Count == 0 ? "nothing" : string.Join(" and ", set.Select(form => form.Item1)), "exactly one of exact, prefix and template")];
        var (name, text) = set[0];
        return PathText($"{path}.{name}", text!, isTemplate: name is "template");
    }

    private static IEnumerable<FieldError> PathText(string path, string text, bool isTemplate)
    {
        if (text is not ['/', ..]) yield return new(path, text, "a path that begins with a slash");
        else if (Paths.RequestPath.Ambiguity(text) is { } problem) yield return new(path, text, $"a path that a request may have: {problem}");
        else if (isTemplate && !TemplatePath().IsMatch(text)) yield return new(path, text, "segments that are text or {name}, and {**} as the last at most");
    }

    private static IEnumerable<FieldError> Condition(string path, AuthorizationConditionSettings condition)
    {
        if (condition.Header is null == condition.Claim is null) yield return new(path, condition.Header is null ? "neither header nor claim" : "header and claim", "exactly one of the two");
        // Both sides strip them, so that no request from outside has one.
        if (condition.Header is { } header && header.StartsWith("mesh-", StringComparison.OrdinalIgnoreCase)) yield return new($"{path}.header", header, "a header that comes through: the mesh's own are taken off");
        if (condition.Claim is { } claim && claim.Split('.').Contains("")) yield return new($"{path}.claim", claim, "names with one dot between them");
    }

    [GeneratedRegex(@"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex LabelName();

    [GeneratedRegex(@"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?\z")]
    private static partial Regex LabelValue();

    [GeneratedRegex(@"^(/([^/{}]+|\{[A-Za-z_][A-Za-z0-9_]*\}))*(/\{\*\*\})?/?\z")]
    private static partial Regex TemplatePath();
}
