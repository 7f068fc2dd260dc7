using Mesh.Api.Discovery;
using Mesh.Api.Identity;
using Mesh.Api.Interception;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>Whom an endpoint has to prove to be before anything is sent to it.</summary>
internal static class EndpointIdentity
{
    /// <param name="cluster">Where modes and the trust domain are.</param>
    /// <param name="pod">The pod behind the endpoint.</param>
    /// <param name="traits">That pod's.</param>
    /// <param name="port">The endpoint's, as its slice has it.</param>
    /// <returns>A SPIFFE id; empty where no sidecar of the mesh takes what is sent there, or takes it in the clear only.</returns>
    public static string Of(ClusterSnapshot cluster, NamespacedName pod, PodTraits traits, int port)
    {
        if (!cluster.IssuesIdentities || traits.ServiceAccount is not { } account) return "";
        var applicationPort = InboundPorts.MapBack(traits.InboundPorts, port);
        if (!traits.IsIntercepted && InboundPorts.Map(traits.InboundPorts, applicationPort) == applicationPort) return "";
        if (IsSkipped(traits, applicationPort) || MtlsModes.Of(cluster, pod).Of(applicationPort) is MtlsMode.MtlsOff) return "";
        return new SpiffeId(TrustDomain.Of(cluster), pod.Namespace, account).ToString();
    }

    private static bool IsSkipped(PodTraits traits, int port)
    {
        if (traits.SkipInboundPorts is null) return false;
        _ = SkippedTraffic.Read(name => name == InterceptionNames.SkipInboundPorts ? traits.SkipInboundPorts : null, out var skipped);
        return skipped.InboundPorts.Any(range => range.Contains(port));
    }
}
