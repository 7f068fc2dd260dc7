namespace Mesh.Operator.Compilation;

/// <summary>What a policy in mode Shadow would have done so far.</summary>
/// <param name="Since">When counting began.</param>
/// <param name="Requests">The requests that it was evaluated on.</param>
/// <param name="Decisions">How often it would have done what, the most frequent first.</param>
/// <param name="Ejected">The endpoints that it would have ejected, at most <see cref="MostEjected"/>.</param>
internal sealed record ShadowCount(DateTimeOffset Since, long Requests, IReadOnlyList<DecisionCount> Decisions, IReadOnlyList<string> Ejected)
{
    public const int MostEjected = 10;

    /// <summary>What two have counted together; null where neither has anything.</summary>
    public static ShadowCount? Sum(ShadowCount? left, ShadowCount? right) => left is null || right is null ? left ?? right : new(
        left.Since < right.Since ? left.Since : right.Since,
        Sum(left.Requests, right.Requests),
        [
            .. left.Decisions.Concat(right.Decisions)
                .GroupBy(decision => decision.Decision, (decision, counts) => new DecisionCount(decision, counts.Select(count => count.Count).Aggregate(Sum)))
                .OrderByDescending(decision => decision.Count).ThenBy(decision => decision.Decision, StringComparer.Ordinal),
        ],
        [.. left.Ejected.Union(right.Ejected).Order(StringComparer.Ordinal).Take(MostEjected)]);

    /// <summary>Counts that proxies claim: too many are very many, not few.</summary>
    public static long Sum(long left, long right) => left > long.MaxValue - right ? long.MaxValue : left + right;
}
