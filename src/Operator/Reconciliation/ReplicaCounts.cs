namespace Mesh.Operator.Reconciliation;

/// <summary>What the other replicas have said of their proxies, and what that comes to with this replica's own.</summary>
internal sealed class ReplicaCounts(TimeProvider time)
{
    /// <summary>Who has said nothing new for so long is not believed to be there.</summary>
    public static readonly TimeSpan Expiry = TimeSpan.FromMinutes(1);

    private Dictionary<string, (byte[] Said, ReplicaWord? Word, long At)> _heard = [];
    private volatile Dictionary<string, ReplicaWord> _believed = [];

    /// <summary>Takes in what is said now; one caller at a time.</summary>
    /// <returns>Whether anything is otherwise than before.</returns>
    public bool Hear(IReadOnlyDictionary<string, byte[]> words)
    {
        // By this replica's own clock: the others' may differ from it.
        _heard = words.ToDictionary(word => word.Key, word =>
            _heard.TryGetValue(word.Key, out var known) && known.Said.AsSpan().SequenceEqual(word.Value) ? known : (word.Value, ReplicaWord.Read(word.Value), time.GetTimestamp()));
        var before = _believed;
        _believed = _heard.Where(heard => heard.Value.Word is not null && time.GetElapsedTime(heard.Value.At) < Expiry).ToDictionary(heard => heard.Key, heard => heard.Value.Word!);
        return before.Count != _believed.Count || _believed.Any(word => !before.TryGetValue(word.Key, out var earlier) || !ReferenceEquals(earlier, word.Value));
    }

    /// <param name="key">The policy.</param>
    /// <param name="own">This replica's count of it.</param>
    /// <param name="others">The replicas that there are beside it.</param>
    /// <returns>Null where one of the others has not said how far it is with that very generation.</returns>
    public ReplicaCount? Sum(EntityKey key, ReplicaCount own, IEnumerable<string> others)
    {
        var (words, name) = (_believed, key.ToString());
        foreach (var replica in others)
        {
            if (!words.TryGetValue(replica, out var word) || !word.Counts.TryGetValue(name, out var count) || count.Generation != own.Generation) return null;
            own = own.Add(count);
        }
        return own;
    }
}
