using Mesh.Api.Discovery;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Discovery;

/// <summary>What holds for the proxy's own pod, over time. It outlives the streams that bring it.</summary>
/// <param name="trust">Learns whom to believe; null in a proxy without identity.</param>
internal sealed class LiveWorkload(TrustKeeper? trust = null) : IWorkloadSource
{
    private volatile Workload _current = Workload.Unknown;

    public event Action? Changed;

    public Workload Current => _current;

    /// <summary>Takes an update over, or keeps what it had.</summary>
    /// <returns>Why it can't be used; null where it is in use now.</returns>
    public string? Apply(WorkloadUpdate update)
    {
        if (WorkloadUpdateCheck.Problem(update, out var anchors) is { } problem) return problem;
        // The version leaves the anchors out: they may come with the version that there is.
        if (anchors is not null) trust?.Learn(anchors);
        if (update.Version == _current.Version) return null;
        _current = new(update);
        Changed?.Invoke();
        return null;
    }
}
