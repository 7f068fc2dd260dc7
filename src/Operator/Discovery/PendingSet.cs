using System.Diagnostics.CodeAnalysis;

namespace Mesh.Operator.Discovery;

/// <summary>First in, first out, each item at most once: what is pending twice is sent once, in its newest form. It takes no memory while nothing is.</summary>
internal sealed class PendingSet<T>
    where T : notnull
{
    private LinkedList<T>? _order;
    private Dictionary<T, LinkedListNode<T>>? _nodes;

    public int Count => _nodes?.Count ?? 0;

    public void Add(T item)
    {
        _nodes ??= [];
        if (!_nodes.ContainsKey(item)) _nodes.Add(item, (_order ??= []).AddLast(item));
    }

    /// <summary>Makes no difference where the item is not pending.</summary>
    public void Remove(T item)
    {
        if (_nodes is null || !_nodes.Remove(item, out var node)) return;
        _order!.Remove(node);
        // Thousands of proxies have nothing pending at nearly all times.
        if (_nodes.Count == 0) (_order, _nodes) = (null, null);
    }

    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        (var found, item) = _order?.First is { } first ? (true, first.Value) : (false, default);
        if (found) Remove(item!);
        return found;
    }
}
