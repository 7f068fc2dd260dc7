using Mesh.Operator.Identity;
using Mesh.Operator.State;

namespace Mesh.Operator.Discovery;

/// <inheritdoc/>
/// <param name="workloads">What proxies have acknowledged.</param>
/// <param name="state">The pods that there are.</param>
internal sealed class TrustEvidence(WorkloadTable workloads, ClusterState state) : ITrustEvidence
{
    public TrustWord Gather()
    {
        var trusting = workloads.Trusting();
        var digest = DigestOf(pod => trusting.Proxies.GetValueOrDefault(new ProxyName(pod.Namespace, pod.Name)), trusting.Anchors);
        return new(trusting.Anchors, digest, trusting.Proxies.Count, trusting.Proxies.Values.Count(trusts => !trusts));
    }

    public string Everybody() => DigestOf(static _ => true, workloads.Trusting().Anchors);

    private string DigestOf(Func<NamespacedName, bool> isIn, string anchors)
    {
        var digest = new NameDigest(anchors);
        foreach (var (name, pod) in state.Current.Pods)
        {
            if (PodTraits.Of(pod).ServiceAccount is not null && isIn(name)) digest.Add(name.ToString());
        }
        return digest.ToString();
    }
}
