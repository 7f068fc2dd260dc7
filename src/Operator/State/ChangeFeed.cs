using System.Threading.Channels;

namespace Mesh.Operator.State;

/// <summary>
/// One reader's view of the state's changes: those that come while it is busy are merged, so that a slow reader costs nobody
/// anything. Nothing comes before the state is synced.
/// </summary>
internal sealed class ChangeFeed : IDisposable
{
    private readonly ClusterState _state;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _gate = new();
    private ChangeSet _pending = new() { Everything = true };

    internal ChangeFeed(ClusterState state) => _state = state;

    /// <summary>Waits for the next change; the first says that everything is new. One reader at a time.</summary>
    public async ValueTask<ClusterChange> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _signal.Reader.ReadAsync(cancellationToken);
            lock (_gate)
            {
                var snapshot = _state.Current;
                if (!snapshot.IsSynced || _pending.IsEmpty) continue;
                var changes = _pending;
                _pending = new ChangeSet();
                return new(snapshot, changes);
            }
        }
    }

    public void Dispose() => _state.Unfollow(this);

    /// <summary>Called after the snapshot that holds the changes has become the current one.</summary>
    internal void Add(ChangeSet changes)
    {
        lock (_gate) _pending.UnionWith(changes);
        _signal.Writer.TryWrite(true);
    }
}
