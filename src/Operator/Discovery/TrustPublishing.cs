using Mesh.Operator.Identity;

namespace Mesh.Operator.Discovery;

/// <summary>Has every connected proxy told of other anchors at once: a rotation waits for no renewal.</summary>
internal sealed class TrustPublishing(CurrentAuthority authority, WorkloadTable workloads) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        authority.Changed += Publish;
        Publish();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        authority.Changed -= Publish;
        return Task.CompletedTask;
    }

    private void Publish()
    {
        if (authority.Current is { } current) workloads.Trust([.. current.Anchors.Select(anchor => new ReadOnlyMemory<byte>(anchor.RawData))]);
    }
}
