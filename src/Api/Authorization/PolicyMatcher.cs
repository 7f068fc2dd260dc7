using System.Globalization;
using Mesh.Api.Discovery;

namespace Mesh.Api.Authorization;

/// <summary>One policy, in the form that is decided by.</summary>
internal sealed class PolicyMatcher(AuthorizationRules policy)
{
    private readonly uint[] _ports = [.. policy.Ports];
    private readonly RuleMatcher[] _rules = [.. policy.Rules.Select(rule => new RuleMatcher(rule))];

    public PolicySource Source { get; } = policy.Source ?? new();

    /// <summary>One that a later version of the mesh has, and this one doesn't know, refuses: nothing that it may have been meant to refuse is let in.</summary>
    public AuthorizationAction Action { get; } = policy.Action is AuthorizationAction.Allow or AuthorizationAction.Audit ? policy.Action : AuthorizationAction.Deny;

    public bool IsShadow { get; } = policy.Shadow;

    public string Text { get; } = string.Create(CultureInfo.InvariantCulture, $"{policy.Source?.Namespace}/{policy.Source?.Name}@{policy.Source?.Generation}");

    public bool ReadsPath => _rules.Any(rule => rule.ReadsPath);

    public bool AppliesTo(int port) => _ports.Length == 0 || _ports.AsSpan().Contains((uint)port);

    /// <returns>Null where no rule matches.</returns>
    public RuleMatcher? Find(in AccessRequest request)
    {
        var matching = Action is AuthorizationAction.Deny ? Matching.Possible : Matching.Certain;
        foreach (var rule in _rules)
        {
            if (rule.Match(request, matching)) return rule;
        }
        return null;
    }
}
