using System.Threading.Channels;

namespace Mesh.Operator.State;

/// <summary>
/// One reader's view of changes: those that come while it is busy are merged, so that a slow reader costs nobody anything.
/// Nothing comes before the state is synced.
/// </summary>
/// <param name="current">The snapshot that holds all changes added so far.</param>
/// <param name="end">Called when the reader is done: what nobody reads is not to be collected for it.</param>
internal sealed class ChangeFeed(Func<ClusterSnapshot> current, Action<ChangeFeed>? end = null) : IDisposable
{
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _gate = new();
    private ChangeSet _pending = new();

    /// <summary>What holds all changes added so far, whether they have been read or not.</summary>
    public ClusterSnapshot Current => current();

    /// <summary>Waits for the next change. One reader at a time.</summary>
    public async ValueTask<ClusterChange> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _signal.Reader.ReadAsync(cancellationToken);
            lock (_gate)
            {
                var snapshot = Current;
                if (!snapshot.IsSynced || _pending.IsEmpty) continue;
                var changes = _pending;
                _pending = new ChangeSet();
                return new(snapshot, changes);
            }
        }
    }

    /// <summary>Called after the snapshot that holds the changes has become the current one.</summary>
    public void Add(ChangeSet changes)
    {
        lock (_gate) _pending.UnionWith(changes);
        _signal.Writer.TryWrite(true);
    }

    public void Dispose() => end?.Invoke(this);
}
