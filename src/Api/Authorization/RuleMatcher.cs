using Mesh.Api.Discovery;

namespace Mesh.Api.Authorization;

/// <summary>Says whether a rule matches.</summary>
internal sealed class RuleMatcher(AuthorizationRule rule)
{
    private readonly SourceMatcher[] _from = [.. rule.From.Select(source => new SourceMatcher(source))];
    private readonly OperationMatcher[] _to = [.. rule.To.Select(operation => new OperationMatcher(operation))];
    private readonly ConditionMatcher[] _when = [.. rule.When.Select(condition => new ConditionMatcher(condition))];

    public string Name { get; } = rule.Name;

    public bool ReadsPath => _to.Any(operation => operation.ReadsPath);

    public bool Match(in AccessRequest request, Matching matching) => MatchesFrom(request) && MatchesTo(request, matching) && MatchesWhen(request, matching);

    private bool MatchesFrom(in AccessRequest request)
    {
        if (_from.Length == 0) return true;
        foreach (var source in _from)
        {
            if (source.Match(request)) return true;
        }
        return false;
    }

    private bool MatchesTo(in AccessRequest request, Matching matching)
    {
        if (_to.Length == 0) return true;
        foreach (var operation in _to)
        {
            if (operation.Match(request, matching)) return true;
        }
        return false;
    }

    private bool MatchesWhen(in AccessRequest request, Matching matching)
    {
        foreach (var condition in _when)
        {
            if (!condition.Match(request.Request, matching)) return false;
        }
        return true;
    }
}
