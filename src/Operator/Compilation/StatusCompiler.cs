using System.Globalization;
using Mesh.Api.Resources;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>From the cluster's state, and how far proxies have come, to what an object's status should say.</summary>
internal static class StatusCompiler
{
    public static ResourceStatus Compile(ClusterSnapshot cluster, PolicyRecord policy, ProgrammedCount count)
    {
        List<Condition> conditions = [Accepted(policy.Errors, policy.InForce?.Metadata.Generation), ResolvedRefs(cluster, policy.Latest)];
        if (policy.InForce is not null && Conflicted(cluster, policy.InForce) is { } conflicted) conditions.Add(conflicted);
        conditions.Add(Programmed(policy, count));
        return new(ResourceKind.TrafficPolicy, policy.Name, policy.Latest.Metadata.Generation ?? 0, conditions);
    }

    public static ResourceStatus Compile(ConfigRecord config)
    {
        var counts = config.Latest.Metadata.Name == MeshConfig.DefaultName;
        var accepted = counts
            ? Accepted(config.Errors, config.InForce?.Metadata.Generation)
            : new(ConditionTypes.Accepted, false, "NotDefault", $"metadata.name: found {config.Latest.Metadata.Name}, expected {MeshConfig.DefaultName}, the one that counts");
        return new(ResourceKind.MeshConfig, NamespacedName.Of(config.Latest), config.Latest.Metadata.Generation ?? 0, [accepted]);
    }

    private static Condition Accepted(IReadOnlyList<string> errors, long? generationInForce) => errors.Count == 0
        ? new(ConditionTypes.Accepted, true, "Accepted", "Valid and in force")
        : new(ConditionTypes.Accepted, false, "Invalid", $"{string.Join("; ", errors)}; {InForce(generationInForce)}");

    private static string InForce(long? generation) => generation is null
        ? "nothing of it is in force"
        : string.Create(CultureInfo.InvariantCulture, $"generation {generation} stays in force");

    private static Condition ResolvedRefs(ClusterSnapshot cluster, TrafficPolicy policy)
    {
        var missing = new List<string>();
        for (var i = 0; i < policy.Spec.TargetRefs.Count; i++)
        {
            var target = PolicyTargets.Of(policy, policy.Spec.TargetRefs[i]);
            if (!cluster.Services.ContainsKey(target)) missing.Add(string.Create(CultureInfo.InvariantCulture, $"spec.targetRefs[{i}]: there is no Service {target}"));
        }
        return missing.Count == 0
            ? new(ConditionTypes.ResolvedRefs, true, "ResolvedRefs", "Every target exists")
            : new(ConditionTypes.ResolvedRefs, false, "TargetNotFound", string.Join("; ", missing));
    }

    private static Condition? Conflicted(ClusterSnapshot cluster, TrafficPolicy policy)
    {
        var conflicts = PolicyConflicts.Of(cluster, policy).ToList();
        if (conflicts.Count == 0) return null;
        var messages =
            from conflict in conflicts
            group conflict.Field by (conflict.Target, conflict.Winner) into fields
            select $"for Service {fields.Key.Target} the older TrafficPolicy {fields.Key.Winner} decides {string.Join(", ", fields.Select(field => $"spec.{field}"))}";
        return new(ConditionTypes.Conflicted, true, "FieldConflict", string.Join("; ", messages));
    }

    private static Condition Programmed(PolicyRecord policy, ProgrammedCount count)
    {
        var proxies = string.Create(CultureInfo.InvariantCulture, $"{count.Acknowledged}/{count.Subscribed} proxies");
        if (policy.Errors.Count > 0)
        {
            var generation = policy.InForce?.Metadata.Generation;
            return new(ConditionTypes.Programmed, false, "Invalid", generation is null ? "Nothing of it is in force" : $"{proxies} route by generation {generation}");
        }
        if (count.Refusal is not null) return new(ConditionTypes.Programmed, false, "Refused", $"{proxies}; refused by {count.Refusal}");
        return count.Acknowledged == count.Subscribed
            ? new(ConditionTypes.Programmed, true, "Programmed", proxies)
            : new(ConditionTypes.Programmed, false, "Pending", proxies);
    }
}
