using Mesh.Operator.State;

namespace Mesh.Operator.Identity;

/// <summary>How long certificates live, as MeshConfig says.</summary>
/// <param name="CertificateLifetime">A workload's.</param>
/// <param name="AnchorLifetime">A trust anchor's that the operator makes.</param>
/// <param name="RotateAnchorAfter">The age at which such an anchor is replaced.</param>
internal sealed record IdentityPolicy(TimeSpan CertificateLifetime, TimeSpan AnchorLifetime, TimeSpan RotateAnchorAfter)
{
    public static readonly IdentityPolicy Default = new(TimeSpan.FromHours(24), TimeSpan.FromDays(365), TimeSpan.FromDays(365) * 2 / 3);

    public static IdentityPolicy Of(ClusterSnapshot cluster)
    {
        if (cluster.Config?.Spec.Identity is not { } settings) return Default;
        var lifetime = settings.AnchorLifetime?.Value ?? Default.AnchorLifetime;
        return new(
            settings.CertificateLifetime?.Value ?? Default.CertificateLifetime,
            lifetime,
            settings.RotateAnchorAfter?.Value ?? lifetime * 2 / 3);
    }
}
