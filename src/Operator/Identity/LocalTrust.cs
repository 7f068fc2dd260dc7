namespace Mesh.Operator.Identity;

/// <summary>Of a standalone operator: it has no others to ask, and its manifests may speak of pods that nobody has started.</summary>
internal sealed class LocalTrust(ITrustEvidence evidence, TimeProvider time) : ITrustConsensus
{
    // Within that, whoever lost the operator by its restart has found it again: a proxy tries every 15 s at least.
    private static readonly TimeSpan Reunion = TimeSpan.FromSeconds(20);

    private readonly long _startedAt = time.GetTimestamp();

    public Task SayAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<bool> IsReachedAsync(CancellationToken cancellationToken) =>
        Task.FromResult(time.GetElapsedTime(_startedAt) >= Reunion && evidence.Gather().Waiting == 0);
}
