namespace Mesh.Operator.Identity;

/// <summary>Where replicas leave word for each other.</summary>
internal interface IReplicaWords
{
    /// <summary>What each has said last.</summary>
    Task<IReadOnlyDictionary<string, TrustWord>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Leaves word in place of the one before, and takes away what was said of other anchors.</summary>
    Task SayAsync(string replica, TrustWord word, CancellationToken cancellationToken);
}
