namespace Mesh.Operator.Identity;

/// <summary>
/// Whether every proxy that there is trusts the anchors of now, whichever replica it is connected to. Where that is not known, a rotation
/// lets time pass instead.
/// </summary>
internal interface ITrustConsensus
{
    /// <summary>Has the other replicas know what this one knows. Called again and again while a rotation waits.</summary>
    Task SayAsync(CancellationToken cancellationToken);

    Task<bool> IsReachedAsync(CancellationToken cancellationToken);
}
