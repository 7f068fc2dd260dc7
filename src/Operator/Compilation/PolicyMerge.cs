using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Api.Resources;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>The policy for a destination, each field from the most specific layer that has it.</summary>
internal static class PolicyMerge
{
    // What kube-proxy does for sessionAffinity ClientIP, as a layer beneath every TrafficPolicy: it is the service's own word.
    private static readonly TrafficSettings ClientAffinity = new() { LoadBalancer = new() { Algorithm = Algorithm.Maglev, Hash = new() { Caller = true } } };

    /// <summary>The policy in force. Policies in mode Shadow have no part in it.</summary>
    public static Policy Merge(ClusterSnapshot cluster, NamespacedName service, string? clientNamespace) =>
        Merge(cluster, service, [.. Policies(cluster, service, clientNamespace).Where(IsEnforced)]);

    /// <summary>
    /// What the policies in mode Shadow would make of it: each over the policies in force of its own standing, so that a wish for a
    /// field that is decided already can be tried too. Its sources are those policies alone; null where there are none.
    /// </summary>
    public static Policy? MergeShadow(ClusterSnapshot cluster, NamespacedName service, string? clientNamespace)
    {
        List<TrafficPolicy> policies = [.. Policies(cluster, service, clientNamespace).OrderBy(policy => Standing(policy, clientNamespace)).ThenBy(IsEnforced)];
        if (policies.TrueForAll(IsEnforced)) return null;
        var merged = Merge(cluster, service, policies);
        merged.Sources.Clear();
        merged.Sources.AddRange(policies.Where(policy => !IsEnforced(policy)).Select(Source));
        return merged;
    }

    public static bool IsEnforced(TrafficPolicy policy) => policy.Spec.Mode is not PolicyMode.Shadow;

    private static Policy Merge(ClusterSnapshot cluster, NamespacedName service, List<TrafficPolicy> policies)
    {
        List<TrafficSettings> layers = [.. policies.Select(policy => policy.Spec)];
        if (cluster.Services.GetValueOrDefault(service)?.Spec?.SessionAffinity == "ClientIP") layers.Add(ClientAffinity);
        if (cluster.Config?.Spec.Defaults is { } defaults) layers.Add(defaults);
        layers.Add(BuiltInDefaults.Settings);

        var merged = new Policy
        {
            Timeouts = new(),
            Retries = new() { Budget = new() },
            CircuitBreaker = new() { Endpoint = new(), Destination = new() },
            Concurrency = new(),
            LoadBalancer = new(),
            Sources = { policies.Select(Source) },
        };
        foreach (var field in PolicyFields.All) Apply(field, layers, merged);
        Reconcile(merged);
        return merged;
    }

    private static void Apply(PolicyField field, List<TrafficSettings> layers, Policy merged)
    {
        foreach (var layer in layers)
        {
            if (!field.IsSet(layer)) continue;
            field.Apply(layer, merged);
            return;
        }
    }

    /// <summary>The client namespace's own policies over the producer's; policies of third namespaces hold for their own clients only.</summary>
    private static IEnumerable<TrafficPolicy> Policies(ClusterSnapshot cluster, NamespacedName service, string? clientNamespace) =>
        from policy in AttachedPolicies.Of(cluster, service)
        let space = policy.Namespace()
        where space == clientNamespace || space == service.Namespace
        orderby Standing(policy, clientNamespace)
        select policy;

    private static int Standing(TrafficPolicy policy, string? clientNamespace) => policy.Namespace() == clientNamespace ? 0 : 1;

    // Each layer is consistent by itself; together they may ask for a first wait above the longest one, or leave what nothing uses.
    private static void Reconcile(Policy policy)
    {
        var (retries, breakers, balancing) = (policy.Retries, policy.CircuitBreaker, policy.LoadBalancer);
        if (retries.BackoffBase.ToTimeSpan() > retries.BackoffMax.ToTimeSpan()) retries.BackoffBase = retries.BackoffMax;
        foreach (var breaker in new[] { breakers.Endpoint, breakers.Destination })
        {
            if (breaker.OpenFor.ToTimeSpan() > breaker.OpenForMax.ToTimeSpan()) breaker.OpenFor = breaker.OpenForMax;
        }
        if (balancing.Algorithm is not (LoadBalancerAlgorithm.RingHash or LoadBalancerAlgorithm.Maglev)) balancing.Hash = null;
    }

    private static PolicySource Source(TrafficPolicy policy) =>
        new() { Namespace = policy.Namespace() ?? "", Name = policy.Name(), Generation = policy.Metadata.Generation ?? 0 };
}
