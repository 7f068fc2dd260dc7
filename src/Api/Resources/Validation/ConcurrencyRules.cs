namespace Mesh.Api.Resources.Validation;

/// <summary>Bounds in order, and a priority for somebody.</summary>
internal static class ConcurrencyRules
{
    public static IEnumerable<FieldError> Check(string path, ConcurrencySettings concurrency) =>
    [
        .. FieldRules.Range($"{path}.queue.timeout", concurrency.Queue?.Timeout),
        .. concurrency.Adaptive is { } adaptive ? Adaptive($"{path}.adaptive", adaptive) : [],
        .. FieldRules.Each($"{path}.priorities", concurrency.Priorities, Priority),
    ];

    private static IEnumerable<FieldError> Adaptive(string path, AdaptiveSettings adaptive)
    {
        var (least, most) = (adaptive.MinLimit ?? AdaptiveSettings.DefaultMinLimit, adaptive.MaxLimit ?? AdaptiveSettings.DefaultMaxLimit);
        if (least > most) yield return new($"{path}.minLimit", $"{least}", $"at most {path}.maxLimit ({most})");
    }

    private static IEnumerable<FieldError> Priority(string path, PrioritySettings rule)
    {
        if (rule.Header is null && rule.Identities is null) return [new(path, "neither header nor identities", "one of the two, or both")];
        return MatchRules.Check(path, rule);
    }
}
