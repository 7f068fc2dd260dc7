using System.Collections;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Listening;

/// <summary>
/// A connection's features. There are a dozen, set as it begins: looking through them is as fast as a dictionary, of a third of its size.
/// </summary>
internal sealed class ConnectionFeatures : IFeatureCollection
{
    private const int Usual = 12;

    private KeyValuePair<Type, object>[] _features = new KeyValuePair<Type, object>[Usual];
    private int _count;

    public bool IsReadOnly => false;

    public int Revision { get; private set; }

    public object? this[Type key]
    {
        get => IndexOf(key) is >= 0 and var index ? _features[index].Value : null;
        set
        {
            Revision++;
            var index = IndexOf(key);
            if (value is null) Remove(index);
            else if (index >= 0) _features[index] = new(key, value);
            else Add(key, value);
        }
    }

    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _features.Take(_count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int IndexOf(Type key)
    {
        for (var index = 0; index < _count; index++)
        {
            if (_features[index].Key == key) return index;
        }
        return -1;
    }

    private void Add(Type key, object value)
    {
        if (_count == _features.Length) Array.Resize(ref _features, _count * 2);
        _features[_count++] = new(key, value);
    }

    private void Remove(int index)
    {
        if (index < 0) return;
        _features[index] = _features[--_count];
        _features[_count] = default;
    }
}
