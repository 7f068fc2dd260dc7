using Mesh.Api.Discovery;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Discovery;

/// <summary>What holds for the proxy's own pod, over time. It outlives the streams that bring it.</summary>
internal sealed class LiveWorkload : IWorkloadSource
{
    private volatile Workload _current = Workload.Unknown;

    public event Action? Changed;

    public Workload Current => _current;

    /// <summary>Takes an update over, or keeps what it had.</summary>
    /// <returns>Why it can't be used; null where it is in use now.</returns>
    public string? Apply(WorkloadUpdate update)
    {
        if (WorkloadUpdateCheck.Problem(update) is { } problem) return problem;
        if (update.Version == _current.Version) return null;
        _current = new(update);
        Changed?.Invoke();
        return null;
    }
}
