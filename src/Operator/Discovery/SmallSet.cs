using System.Collections;

namespace Mesh.Operator.Discovery;

/// <summary>A set that nearly always has one item, and takes next to nothing while it has no more.</summary>
internal struct SmallSet<T> : IEnumerable<T>
    where T : class
{
    private T? _one;
    private HashSet<T>? _many;

    public readonly int Count => _many?.Count ?? (_one is null ? 0 : 1);

    public void Add(T item)
    {
        if (_many is not null) _many.Add(item);
        else if (_one is null || _one == item) _one = item;
        else (_many, _one) = ([_one, item], null);
    }

    public void Remove(T item)
    {
        if (_one == item) _one = null;
        if (_many?.Remove(item) is true && _many.Count == 0) _many = null;
    }

    public readonly IEnumerator<T> GetEnumerator()
    {
        if (_many is not null) return _many.GetEnumerator();
        return (_one is null ? [] : (T[])[_one]).AsEnumerable().GetEnumerator();
    }

    readonly IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
