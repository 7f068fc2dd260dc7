using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.Compilation;

namespace Mesh.Operator.Status;

/// <summary>Turns conditions as they should read into those to write.</summary>
internal static class StatusMerge
{
    // Longest message that V1Condition allows, by the schema of meta/v1 Condition.
    private const int LongestMessage = 32768;

    /// <summary>
    /// A condition's lastTransitionTime moves only when its status does (KEP-1623). Types that are not ours are left as they are.
    /// </summary>
    /// <returns>Null where the object's status already says the same.</returns>
    public static PolicyStatus? Merge(PolicyStatus? existing, ResourceStatus desired, DateTimeOffset now)
    {
        var before = existing?.Conditions ?? [];
        var conditions = new List<V1Condition>(desired.Conditions.Count);
        foreach (var condition in desired.Conditions)
        {
            conditions.Add(Merge(before.FirstOrDefault(c => c.Type == condition.Type), condition, desired.Generation, now));
        }
        conditions.AddRange(before.Where(c => !Ours(c.Type)));

        var shadow = desired.Shadow is { } count ? StatusCompiler.ShadowStatus(count) : null;
        var same = existing?.ObservedGeneration == desired.Generation && before.Count == conditions.Count
            && conditions.All(c => before.Any(b => Equal(b, c))) && Equal(existing.Shadow, shadow);
        return same ? null : new PolicyStatus { ObservedGeneration = desired.Generation, Conditions = conditions, Shadow = shadow };
    }

    private static V1Condition Merge(V1Condition? before, Condition condition, long generation, DateTimeOffset now)
    {
        var status = condition.Holds ? "True" : "False";
        return new V1Condition
        {
            Type = condition.Type,
            Status = status,
            Reason = condition.Reason,
            Message = condition.Message.Length <= LongestMessage ? condition.Message : condition.Message[..LongestMessage],
            ObservedGeneration = generation,
            // Times in the Kubernetes API are whole seconds.
            LastTransitionTime = before?.Status == status
                ? before.LastTransitionTime
                : new DateTime(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerSecond, DateTimeKind.Utc),
        };
    }

    private static bool Ours(string type) =>
        type is ConditionTypes.Accepted or ConditionTypes.ResolvedRefs or ConditionTypes.Programmed or ConditionTypes.Conflicted
            or ConditionTypes.Shadow or ConditionTypes.IdentityReady;

    private static bool Equal(V1Condition left, V1Condition right) =>
        left.Type == right.Type && left.Status == right.Status && left.Reason == right.Reason && left.Message == right.Message
        && left.ObservedGeneration == right.ObservedGeneration && left.LastTransitionTime == right.LastTransitionTime;

    private static bool Equal(ShadowStatus? left, ShadowStatus? right) =>
        left is null || right is null ? left is null && right is null
        : left.Since == right.Since && left.Requests == right.Requests
          && Decisions(left).SequenceEqual(Decisions(right)) && (left.Ejected ?? []).SequenceEqual(right.Ejected ?? []);

    private static IEnumerable<(string, long)> Decisions(ShadowStatus status) => (status.Decisions ?? []).Select(decision => (decision.Decision, decision.Count));
}
