using System.Diagnostics.CodeAnalysis;

namespace Mesh.Operator.Discovery;

/// <summary>First in, first out, each item at most once: what is pending twice is sent once, in its newest form.</summary>
internal sealed class PendingSet<T>
{
    private readonly Queue<T> _order = new();
    private readonly HashSet<T> _items = [];

    public void Add(T item)
    {
        if (_items.Add(item)) _order.Enqueue(item);
    }

    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        if (!_order.TryDequeue(out item)) return false;
        _items.Remove(item);
        return true;
    }
}
