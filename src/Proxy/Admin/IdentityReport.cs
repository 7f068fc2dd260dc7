using Mesh.Proxy.Identity;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Admin;

/// <summary>What <c>/config</c> and <c>/ready</c> know of this proxy's identity. Never keys.</summary>
/// <param name="store">What it proves itself with.</param>
/// <param name="workloads">What holds for its pod.</param>
/// <param name="client">Who renews; null in a proxy without identity.</param>
internal sealed class IdentityReport(CredentialStore store, IWorkloadSource workloads, IdentityClient? client = null)
{
    public bool IsEnabled => store.IsEnabled;

    public Workload Workload => workloads.Current;

    /// <summary>In force now; null where there is none.</summary>
    public Credentials? Credentials => store.Current;

    /// <summary>Why there is no certificate, or no newer one; null where nothing is wrong.</summary>
    public string? Problem => client?.Problem;

    public long Renewals => client?.Renewals ?? 0;

    public long Failures => client?.Failures ?? 0;
}
