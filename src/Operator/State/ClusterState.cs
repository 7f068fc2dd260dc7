using System.Collections.Immutable;

namespace Mesh.Operator.State;

/// <summary>The cluster as the operator knows it. Sources write it one at a time; readers take the current snapshot, or follow.</summary>
/// <param name="issuesIdentities">Whether sidecars have identities.</param>
internal sealed class ClusterState(bool issuesIdentities = false) : IResourceSink
{
    private readonly Lock _gate = new();
    private ImmutableArray<ChangeFeed> _feeds = [];
    private volatile ClusterSnapshot _current = issuesIdentities ? new() { IssuesIdentities = true } : ClusterSnapshot.Empty;

    public ClusterSnapshot Current => _current;

    public void Post(params IReadOnlyCollection<ResourceChange> changes)
    {
        lock (_gate)
        {
            var next = new SnapshotBuilder(_current);
            foreach (var change in changes) next.Apply(change);
            _current = next.Build();
            foreach (var feed in _feeds) feed.Add(next.Changes);
        }
    }

    /// <summary>Starts to follow the state, until the feed is disposed; the first change says that everything is new.</summary>
    public ChangeFeed Follow()
    {
        var feed = new ChangeFeed(() => _current, Unfollow);
        lock (_gate)
        {
            _feeds = _feeds.Add(feed);
            feed.Add(new ChangeSet { Everything = true });
        }
        return feed;
    }

    private void Unfollow(ChangeFeed feed)
    {
        lock (_gate) _feeds = _feeds.Remove(feed);
    }
}
