using System.Globalization;
using Mesh.Api.Authorization;
using Mesh.Api.Resources;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>From the cluster's state, and how far proxies have come, to what an object's status should say.</summary>
internal static class StatusCompiler
{
    public static ResourceStatus Compile(ClusterSnapshot cluster, PolicyRecord policy, ProgrammedCount count, ShadowCount? shadow = null)
    {
        var isShadow = policy.InForce is { } evaluated && !PolicyMerge.IsEnforced(evaluated);
        List<Condition> conditions = [Accepted(policy.Errors, policy.InForce?.Metadata.Generation, isShadow), ResolvedRefs(cluster, policy.Latest)];
        if (policy.InForce is not null && Conflicted(cluster, policy.InForce) is { } conflicted) conditions.Add(conflicted);
        conditions.Add(Programmed(policy, count));
        if (isShadow) conditions.Add(Shadow(shadow));
        return new(
            ResourceKind.TrafficPolicy, policy.Name, policy.Latest.Metadata.Generation ?? 0, conditions, isShadow ? shadow : null, policy.Errors.Count == 0 ? count : null);
    }

    /// <summary>Of a policy that can be used.</summary>
    public static Condition Programmed(ProgrammedCount count) =>
        count.Refusal is not null ? new(ConditionTypes.Programmed, false, "Refused", $"{Proxies(count)}; refused by {count.Refusal}")
        : count.Acknowledged == count.Subscribed ? new(ConditionTypes.Programmed, true, "Programmed", Proxies(count))
        : new(ConditionTypes.Programmed, false, "Pending", Proxies(count));

    public static ResourceStatus Compile(ConfigRecord config, Condition? identity = null)
    {
        var counts = config.Latest.Metadata.Name == MeshConfig.DefaultName;
        var accepted = counts
            ? Accepted(config.Errors, config.InForce?.Metadata.Generation)
            : new(ConditionTypes.Accepted, false, "NotDefault", $"metadata.name: found {config.Latest.Metadata.Name}, expected {MeshConfig.DefaultName}, the one that counts");
        return new(ResourceKind.MeshConfig, NamespacedName.Of(config.Latest), config.Latest.Metadata.Generation ?? 0, identity is not null && counts ? [accepted, identity] : [accepted]);
    }

    public static ResourceStatus Compile(ClusterSnapshot cluster, AuthorizationRecord policy, ProgrammedCount count)
    {
        List<Condition> conditions = [Accepted(policy), ResolvedRefs(cluster, policy)];
        if (Conflicted(cluster, policy) is { } conflicted) conditions.Add(conflicted);
        conditions.Add(Programmed(policy, count));
        return new(ResourceKind.AuthorizationPolicy, policy.Name, policy.Latest.Metadata.Generation ?? 0, conditions, Count: policy.Errors.Count == 0 ? count : null);
    }

    private static Condition Accepted(AuthorizationRecord policy) => policy.Errors.Count > 0
        ? new(ConditionTypes.Accepted, false, "Invalid", $"{string.Join("; ", policy.Errors)}; everything that the policy applies to is refused")
        : new(ConditionTypes.Accepted, true, "Accepted", policy.Latest.Spec.Mode is PolicyMode.Shadow ? "Valid; evaluated and not enforced" : "Valid and in force");

    private static Condition ResolvedRefs(ClusterSnapshot cluster, AuthorizationRecord policy)
    {
        var missing =
            from target in (policy.Version.Policy.Spec.TargetRefs ?? []).Index()
            let service = new NamespacedName(policy.Name.Namespace, target.Item.Name)
            where !cluster.Services.ContainsKey(service)
            select string.Create(CultureInfo.InvariantCulture, $"spec.targetRefs[{target.Index}]: there is no Service {service}");
        return ResolvedRefs([.. missing]);
    }

    // The older's word on an issuer counts for every pod that both apply to; which those are changes by the minute.
    private static Condition? Conflicted(ClusterSnapshot cluster, AuthorizationRecord policy)
    {
        if (policy is not { Errors: [], Latest.Spec: { Jwt: { Count: > 0 } own, Mode: not PolicyMode.Shadow } }) return null;
        var older = WorkloadCompiler.PoliciesOf(cluster, policy.Name.Namespace)
            .TakeWhile(version => version.Policy != policy.Latest)
            .Where(version => version is { IsReadable: true, Policy.Spec.Mode: not PolicyMode.Shadow })
            .ToList();
        var messages =
            from jwt in own
            let winner = older.Find(version => (version.Policy.Spec.Jwt ?? []).Any(other => other.Issuer == jwt.Issuer && AuthorizationCompiler.HeaderOf(other) == AuthorizationCompiler.HeaderOf(jwt)))
            where winner is not null
            select $"for pods that both apply to the older AuthorizationPolicy {NamespacedName.Of(winner.Policy)} decides how tokens of {jwt.Issuer} are verified";
        return string.Join("; ", messages) is { Length: > 0 } text ? new(ConditionTypes.Conflicted, true, "IssuerConflict", text) : null;
    }

    private static Condition Programmed(AuthorizationRecord policy, ProgrammedCount count) =>
        policy.Errors.Count > 0 ? new(ConditionTypes.Programmed, false, "Invalid", $"{Proxies(count)} refuse everything that it applies to") : Programmed(count);

    private static Condition Accepted(IReadOnlyList<string> errors, long? generationInForce, bool isShadow = false) => errors.Count == 0
        ? new(ConditionTypes.Accepted, true, "Accepted", isShadow ? "Valid; evaluated and not enforced" : "Valid and in force")
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
        return ResolvedRefs(missing);
    }

    private static Condition ResolvedRefs(List<string> missing) => missing.Count == 0
        ? new(ConditionTypes.ResolvedRefs, true, "ResolvedRefs", "Every target exists")
        : new(ConditionTypes.ResolvedRefs, false, "TargetNotFound", string.Join("; ", missing));

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

    /// <summary>Of a policy that is evaluated and not enforced.</summary>
    /// <param name="count">What it would have done; null where nobody has counted anything yet.</param>
    public static Condition Shadow(ShadowCount? count) => count is null
        ? new(ConditionTypes.Shadow, true, "NoTraffic", "Nothing is changed; no proxy has reported yet")
        : new(ConditionTypes.Shadow, true, "Evaluated", string.Create(
            CultureInfo.InvariantCulture, $"Of {count.Requests} requests it would have {ShadowDecisions.Sentence(count) ?? "left all as they were"}"));

    /// <summary>The same in figures.</summary>
    public static ShadowStatus ShadowStatus(ShadowCount count) => new()
    {
        // Times in the Kubernetes API are whole seconds.
        Since = new DateTime(count.Since.UtcTicks - count.Since.UtcTicks % TimeSpan.TicksPerSecond, DateTimeKind.Utc),
        Requests = count.Requests,
        Decisions =
        [
            .. count.Decisions.Select(decision => new ShadowDecisionStatus
            {
                Decision = decision.Decision,
                Count = decision.Count,
                Percent = ShadowDecisions.Percent(decision.Count, count.Requests),
            }),
        ],
        Ejected = count.Ejected,
    };

    private static Condition Programmed(PolicyRecord policy, ProgrammedCount count)
    {
        if (policy.Errors.Count == 0) return Programmed(count);
        var generation = policy.InForce?.Metadata.Generation;
        return new(ConditionTypes.Programmed, false, "Invalid", generation is null ? "Nothing of it is in force" : $"{Proxies(count)} route by generation {generation}");
    }

    private static string Proxies(ProgrammedCount count) => string.Create(CultureInfo.InvariantCulture, $"{count.Acknowledged}/{count.Subscribed} proxies");
}
