using Mesh.Api.Discovery;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Inbound.Concurrency;

/// <summary>A policy's priorities: the first rule that matches decides, and 0 is what no rule matches.</summary>
internal sealed class PriorityRules
{
    private readonly (RequestMatcher Matcher, PriorityLevel Level)[] _rules;
    private readonly PriorityLevel _default;

    public PriorityRules(IReadOnlyList<PriorityRule> rules)
    {
        var ranked = rules.Select(rule => rule.Priority).Append(0).Distinct().OrderDescending()
            .Select((priority, rank) => new PriorityLevel(priority, rank))
            .ToDictionary(level => level.Priority);
        _rules = [.. rules.Select(rule => (new RequestMatcher(rule.Match), ranked[rule.Priority]))];
        _default = rules.Count == 0 ? PriorityLevel.Only : ranked[0];
    }

    public PriorityLevel Of(HttpRequestMessage request, Caller caller)
    {
        foreach (var (matcher, level) in _rules)
        {
            if (matcher.Matches(request, caller)) return level;
        }
        return _default;
    }
}
