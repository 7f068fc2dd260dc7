using Mesh.Api.Discovery;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests;

/// <summary>What holds for a proxy's own pod, as the test says.</summary>
internal sealed class PlayedWorkload(MtlsMode mode) : IWorkloadSource
{
    public event Action? Changed;

    public Workload Current { get; private set; } = new(new() { Version = 1, Mtls = mode });

    public void Set(WorkloadUpdate update)
    {
        Current = new(update);
        Changed?.Invoke();
    }
}
