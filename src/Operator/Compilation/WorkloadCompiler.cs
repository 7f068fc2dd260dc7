using System.IO.Hashing;
using Google.Protobuf;
using Mesh.Api.Authorization;
using Mesh.Api.Discovery;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>From the cluster's state to what holds for one pod.</summary>
internal static class WorkloadCompiler
{
    public static CompiledWorkload Compile(ClusterSnapshot cluster, NamespacedName pod)
    {
        var modes = MtlsModes.Of(cluster, pod);
        var access = DefaultAccessAnnotation.Read(cluster.Namespaces.GetValueOrDefault(pod.Namespace), cluster.Config, out var problem);
        var facts = FactsOf(cluster, pod);
        var policies = PoliciesOf(cluster, pod.Namespace).ToList();
        var update = new WorkloadUpdate { Mtls = modes.Mode, Authorization = AuthorizationCompiler.Compile(facts, policies, access) };
        // In order: equal content gives equal bytes on every replica.
        foreach (var (port, mode) in modes.Ports) update.PortMtls.Add((uint)port, mode);
        update.Version = XxHash64.HashToUInt64(update.ToByteArray()) is not 0 and var hash ? hash : 1;
        var doubts = policies.Select(version => AuthorizationCompiler.Doubt(version.Policy, facts)).OfType<string>().Distinct();
        return new(update, [.. modes.Problems, .. problem is null ? (string[])[] : [problem], .. doubts.Select(doubt => $"{doubt}: what policies would refuse or restrict there is refused")]);
    }

    /// <summary>What policies are applied to a pod by.</summary>
    public static WorkloadFacts FactsOf(ClusterSnapshot cluster, NamespacedName pod) => new(
        pod.Namespace, pod.Name, cluster.Pods.GetValueOrDefault(pod),
        name => cluster.Services.GetValueOrDefault(new(pod.Namespace, name)),
        name => cluster.EndpointSlicesByService.GetValueOrDefault(new(pod.Namespace, name))?.Values ?? []);

    /// <summary>A namespace's policies of authorization, in the order in which they count.</summary>
    public static IEnumerable<PolicyVersion> PoliciesOf(ClusterSnapshot cluster, string space) =>
        AuthorizationCompiler.InOrder((cluster.AuthorizationsByNamespace.GetValueOrDefault(space) ?? []).Select(name => cluster.Authorizations[name].Version));
}
