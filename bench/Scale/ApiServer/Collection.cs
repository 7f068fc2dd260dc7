using System.Text;

namespace Mesh.Scale.ApiServer;

/// <summary>The objects of one kind, and the last of their changes, for those who watch.</summary>
/// <param name="nextVersion">Counts for all collections, as etcd does.</param>
internal sealed class Collection(Func<long> nextVersion)
{
    // What watchers may be behind by; those that are further behind are told to list again, as by a real server.
    private const int Kept = 20_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly List<(long Version, byte[] Line)> _log = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _forgotten;

    /// <summary>All objects, and the version that they stand for.</summary>
    public (long Version, byte[][] Objects) List()
    {
        lock (_gate) return (nextVersion(), [.. _objects.Values]);
    }

    public byte[]? Find(string key)
    {
        lock (_gate) return _objects.GetValueOrDefault(key);
    }

    /// <param name="key">The object's namespace and name.</param>
    /// <param name="write">Its text at a version.</param>
    public byte[] Put(string key, Func<long, string> write)
    {
        lock (_gate)
        {
            var version = nextVersion();
            var text = Encoding.UTF8.GetBytes(write(version));
            Append(version, _objects.ContainsKey(key) ? "MODIFIED" : "ADDED", text);
            return _objects[key] = text;
        }
    }

    /// <param name="key">The object's namespace and name.</param>
    /// <param name="write">Its last text, at the version of its end.</param>
    public void Remove(string key, Func<long, string> write)
    {
        lock (_gate)
        {
            var version = nextVersion();
            if (_objects.Remove(key)) Append(version, "DELETED", Encoding.UTF8.GetBytes(write(version)));
        }
    }

    /// <returns>The lines after a version, and what completes when there are more; null where they are not known any more.</returns>
    public (IReadOnlyList<(long Version, byte[] Line)> Lines, Task More)? Since(long version)
    {
        lock (_gate)
        {
            if (version < _forgotten) return null;
            var first = _log.Count;
            while (first > 0 && _log[first - 1].Version > version) first--;
            return (_log[first..], _changed.Task);
        }
    }

    private void Append(long version, string type, byte[] text)
    {
        _log.Add((version, [.. Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\",\"object\":"), .. text, (byte)'}', (byte)'\n']));
        if (_log.Count > 2 * Kept)
        {
            _forgotten = _log[Kept - 1].Version;
            _log.RemoveRange(0, Kept);
        }
        var changed = _changed;
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
