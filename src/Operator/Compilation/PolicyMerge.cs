using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Api.Resources;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>The policy in force for a destination, each field from the most specific layer that has it.</summary>
internal static class PolicyMerge
{
    public static Policy Merge(ClusterSnapshot cluster, NamespacedName service, string? clientNamespace)
    {
        var policies = Layers(cluster, service, clientNamespace).ToList();
        List<TrafficSettings> layers = [.. policies.Select(policy => policy.Spec)];
        if (cluster.Config?.Spec.Defaults is { } defaults) layers.Add(defaults);
        layers.Add(BuiltInDefaults.Settings);

        var merged = new Policy
        {
            Timeouts = new(),
            Retries = new() { Budget = new() },
            LoadBalancer = new(),
            Sources = { policies.Select(Source) },
        };
        foreach (var field in PolicyFields.All)
        {
            if (layers.Find(field.IsSet) is { } layer) field.Apply(layer, merged);
        }
        Reconcile(merged);
        return merged;
    }

    /// <summary>The client namespace's own policies over the producer's; policies of third namespaces hold for their own clients only.</summary>
    private static IEnumerable<TrafficPolicy> Layers(ClusterSnapshot cluster, NamespacedName service, string? clientNamespace) =>
        from policy in AttachedPolicies.Of(cluster, service)
        let space = policy.Namespace()
        where space == clientNamespace || space == service.Namespace
        orderby space == clientNamespace ? 0 : 1
        select policy;

    // Each layer is consistent by itself; together they may ask for a first wait above the longest one.
    private static void Reconcile(Policy policy)
    {
        if (policy.Retries.BackoffBase.ToTimeSpan() > policy.Retries.BackoffMax.ToTimeSpan()) policy.Retries.BackoffBase = policy.Retries.BackoffMax;
    }

    private static PolicySource Source(TrafficPolicy policy) =>
        new() { Namespace = policy.Namespace() ?? "", Name = policy.Name(), Generation = policy.Metadata.Generation ?? 0 };
}
