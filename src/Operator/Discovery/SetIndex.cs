namespace Mesh.Operator.Discovery;

/// <summary>A dictionary of sets that holds no empty ones.</summary>
internal static class SetIndex
{
    public static void Add<TKey, T>(this Dictionary<TKey, HashSet<T>> index, TKey key, T item) where TKey : notnull
    {
        if (!index.TryGetValue(key, out var items)) index.Add(key, items = []);
        items.Add(item);
    }

    public static void Remove<TKey, T>(this Dictionary<TKey, HashSet<T>> index, TKey key, T item) where TKey : notnull
    {
        if (index.TryGetValue(key, out var items) && items.Remove(item) && items.Count == 0) index.Remove(key);
    }

    public static IEnumerable<T> Of<TKey, T>(this Dictionary<TKey, HashSet<T>> index, IEnumerable<TKey> keys) where TKey : notnull =>
        keys.SelectMany(key => index.GetValueOrDefault(key) ?? []);
}
