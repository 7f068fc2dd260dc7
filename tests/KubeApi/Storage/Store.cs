using System.Globalization;
using System.Text.Json.Nodes;

namespace Mesh.KubeApi.Storage;

/// <summary>
/// The stand-in for etcd: immutable snapshots, one for each version since the last compaction, so that paging, exact lists
/// and watches from an old version all read what was there then. One counter numbers every write.
/// </summary>
internal sealed class Store
{
    private readonly Lock _gate = new();
    private readonly List<Change> _history = [];
    private Snapshot _floor = Snapshot.Empty;
    private Snapshot _current = Snapshot.Empty;
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>What is stored now.</summary>
    public Snapshot Current => Volatile.Read(ref _current);

    /// <summary>Creates (<paramref name="expected"/> null), or replaces the very object that was read.</summary>
    /// <returns>The object as stored, with its version; null where another write came first.</returns>
    public JsonObject? TryPut(ObjectKey key, JsonObject? expected, JsonObject value)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_current.Find(key), expected)) return null;
            var version = _current.Version + 1;
            var stored = Versioned(value, version);
            Commit(new(key, expected, stored, _current.With(key, stored, version)));
            return stored;
        }
    }

    /// <summary>Removes the very object that was read.</summary>
    public bool TryRemove(ObjectKey key, JsonObject expected)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_current.Find(key), expected)) return false;
            Commit(new(key, expected, null, _current.Without(key, _current.Version + 1)));
            return true;
        }
    }

    /// <summary>The store as it was at a version; null where that is compacted.</summary>
    public Snapshot? At(long version)
    {
        lock (_gate)
        {
            if (version < _floor.Version) return null;
            var index = (int)(version - _floor.Version) - 1;
            return index < 0 ? _floor : index < _history.Count ? _history[index].Snapshot : _current;
        }
    }

    /// <summary>The writes after a version, oldest first; null where they are compacted.</summary>
    public IReadOnlyList<Change>? ChangesAfter(long version)
    {
        lock (_gate)
        {
            if (version < _floor.Version) return null;
            var from = (int)Math.Min(version - _floor.Version, _history.Count);
            return _history.GetRange(from, _history.Count - from);
        }
    }

    /// <summary>Completes once there is a write after a version.</summary>
    public Task ChangedAfter(long version)
    {
        lock (_gate) return _current.Version > version ? Task.CompletedTask : _changed.Task;
    }

    /// <summary>Forgets every version but the current.</summary>
    public void Compact()
    {
        lock (_gate)
        {
            _floor = _current;
            _history.Clear();
        }
    }

    private void Commit(Change change)
    {
        _history.Add(change);
        Volatile.Write(ref _current, change.Snapshot);
        _changed.SetResult();
        _changed = NewSignal();
    }

    private static JsonObject Versioned(JsonObject value, long version)
    {
        // Through text, so that numbers set in code and numbers that were sent read alike.
        var stored = (JsonObject)JsonNode.Parse(value.ToJsonString())!;
        stored["metadata"]!["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture);
        return stored;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
