using Mesh.Operator.Identity;
using Mesh.Operator.State;

namespace Mesh.Operator.Discovery;

/// <inheritdoc/>
/// <param name="workloads">What proxies have acknowledged.</param>
/// <param name="state">The pods that there are.</param>
/// <param name="others">How many other replicas there are, whose proxies this one doesn't see; null: standalone.</param>
/// <param name="time">The clock.</param>
internal sealed class TrustEvidence(WorkloadTable workloads, ClusterState state, Func<int>? others, TimeProvider time) : ITrustEvidence
{
    // Within that, whoever lost the operator by its restart has found it again: a proxy tries every 15 s at least.
    private static readonly TimeSpan Reunion = TimeSpan.FromSeconds(20);

    private readonly long _startedAt = time.GetTimestamp();

    public bool IsComplete()
    {
        if (time.GetElapsedTime(_startedAt) < Reunion || others?.Invoke() > 0 || !state.Current.IsSynced) return false;
        var trusting = workloads.Trusting();
        return trusting.Values.All(trusts => trusts)
            && state.Current.Pods.All(pod => PodTraits.Of(pod.Value).ServiceAccount is null || Trusts(pod.Key, trusting));
    }

    // Standalone, a manifest may speak of a pod that nobody has started.
    private bool Trusts(NamespacedName pod, Dictionary<ProxyName, bool> trusting) =>
        others is null || trusting.GetValueOrDefault(new ProxyName(pod.Namespace, pod.Name));
}
