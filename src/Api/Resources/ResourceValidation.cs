namespace Mesh.Api.Resources;

/// <summary>
/// What the schemas of the mesh's own kinds can't say: the meaning of their CEL rules, for where no API server evaluates them, and
/// what CEL can't see either.
/// </summary>
public static class ResourceValidation
{
    private static readonly MeshDuration Shortest = new(TimeSpan.FromMilliseconds(1));
    private static readonly MeshDuration Longest = new(TimeSpan.FromHours(1));

    /// <summary>Every error of a policy that the schema allows.</summary>
    public static IReadOnlyList<FieldError> Validate(TrafficPolicy policy) =>
        [.. Targets(policy), .. Settings("spec", policy.Spec)];

    /// <summary>Every error of a configuration that the schema allows. One not named default is valid; it counts for nothing.</summary>
    public static IReadOnlyList<FieldError> Validate(MeshConfig config) =>
        config.Spec.Defaults is { } defaults ? [.. Settings("spec.defaults", defaults)] : [];

    // That a target without a namespace is one in the policy's own, the CRD's rule can't see.
    private static IEnumerable<FieldError> Targets(TrafficPolicy policy)
    {
        var seen = new Dictionary<(string, string, string, string), int>();
        for (var i = 0; i < policy.Spec.TargetRefs.Count; i++)
        {
            var target = policy.Spec.TargetRefs[i];
            var targetNamespace = target.Namespace ?? policy.Metadata.NamespaceProperty ?? "";
            if (!seen.TryAdd((target.Group, target.Kind, targetNamespace, target.Name), i))
                yield return new($"spec.targetRefs[{i}]", $"{target.Kind} {targetNamespace}/{target.Name} a second time", "each target only once");
        }
    }

    private static IEnumerable<FieldError> Settings(string path, TrafficSettings settings) =>
    [
        .. settings.Timeouts is { } timeouts ? Timeouts($"{path}.timeouts", timeouts) : [],
        .. settings.Retries is { } retries ? Retries($"{path}.retries", retries) : [],
    ];

    private static IEnumerable<FieldError> Timeouts(string path, TimeoutSettings timeouts) =>
    [
        .. Range($"{path}.request", timeouts.Request),
        .. Range($"{path}.attempt", timeouts.Attempt),
        .. Range($"{path}.connect", timeouts.Connect),
        .. AtMost($"{path}.attempt", timeouts.Attempt, $"{path}.request", timeouts.Request),
    ];

    private static IEnumerable<FieldError> Retries(string path, RetrySettings retries) =>
    [
        .. retries.NamesOnTwice ? OnTwice(path) : [],
        .. Unique($"{path}.on", retries.On),
        .. Unique($"{path}.methods", retries.Methods),
        .. retries.Backoff is { } backoff ? Backoff($"{path}.backoff", backoff) : [],
    ];

    private static IEnumerable<FieldError> OnTwice(string path) =>
        [new($"{path}.true", "the same field as on, which is given too", "only one of the two")];

    private static IEnumerable<FieldError> Backoff(string path, BackoffSettings backoff) =>
    [
        .. Range($"{path}.base", backoff.Base),
        .. Range($"{path}.max", backoff.Max),
        .. AtMost($"{path}.base", backoff.Base, $"{path}.max", backoff.Max),
    ];

    private static IEnumerable<FieldError> Range(string path, MeshDuration? duration)
    {
        if (duration < Shortest || duration > Longest) yield return new(path, duration.ToString(), $"from {Shortest} to {Longest}");
    }

    private static IEnumerable<FieldError> AtMost(string path, MeshDuration? duration, string limitPath, MeshDuration? limit)
    {
        if (duration > limit) yield return new(path, duration.ToString(), $"at most {limitPath} ({limit})");
    }

    private static IEnumerable<FieldError> Unique<T>(string path, IReadOnlyList<T>? items) where T : notnull
    {
        var seen = new HashSet<T>();
        for (var i = 0; i < items?.Count; i++)
        {
            if (!seen.Add(items[i])) yield return new(FieldPath.Append(path, i), $"{items[i]} a second time", "each only once");
        }
    }
}
