using System.Diagnostics.CodeAnalysis;

namespace Mesh.Operator.Discovery;

/// <summary>What is pending, each item once, in the order in which it became so; takes no memory while nothing is, and none of its own while one item is.</summary>
internal sealed class PendingSet<T>
    where T : class
{
    // What one change makes pending, for each of thousands of proxies: a list and an index of it would be most of what a change allocates.
    private T? _only;
    private LinkedList<T>? _order;
    private Dictionary<T, LinkedListNode<T>>? _nodes;

    public int Count => _nodes?.Count ?? (_only is null ? 0 : 1);

    public void Add(T item)
    {
        if (Count == 0) _only = item;
        else if (_only != item) Append(item);
    }

    /// <summary>Makes no difference where the item is not pending.</summary>
    public void Remove(T item)
    {
        if (_only == item) _only = null;
        if (_nodes is null || !_nodes.Remove(item, out var node)) return;
        _order!.Remove(node);
        // Thousands of proxies have nothing pending at nearly all times.
        if (_nodes.Count == 0) (_order, _nodes) = (null, null);
    }

    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        item = _only ?? _order?.First?.Value;
        if (item is null) return false;
        Remove(item);
        return true;
    }

    private void Append(T item)
    {
        (_order, _nodes) = (_order ?? [], _nodes ?? []);
        if (_only is not null) _nodes.Add(_only, _order.AddLast(_only));
        _only = null;
        if (!_nodes.ContainsKey(item)) _nodes.Add(item, _order.AddLast(item));
    }
}
