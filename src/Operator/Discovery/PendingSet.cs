using System.Diagnostics.CodeAnalysis;

namespace Mesh.Operator.Discovery;

/// <summary>First in, first out, each item at most once: what is pending twice is sent once, in its newest form.</summary>
internal sealed class PendingSet<T>
    where T : notnull
{
    private readonly LinkedList<T> _order = [];
    private readonly Dictionary<T, LinkedListNode<T>> _nodes = [];

    public int Count => _nodes.Count;

    public void Add(T item)
    {
        if (!_nodes.ContainsKey(item)) _nodes.Add(item, _order.AddLast(item));
    }

    /// <summary>Makes no difference where the item is not pending.</summary>
    public void Remove(T item)
    {
        if (_nodes.Remove(item, out var node)) _order.Remove(node);
    }

    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        (var found, item) = _order.First is { } first ? (true, first.Value) : (false, default);
        if (found) Remove(item!);
        return found;
    }
}
