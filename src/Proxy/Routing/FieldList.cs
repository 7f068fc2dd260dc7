using Microsoft.Extensions.Primitives;

namespace Mesh.Proxy.Routing;

/// <summary>The header fields of a message, each name once, in the order in which they came. They are so few that looking one by one is the fastest way to find one.</summary>
internal sealed class FieldList
{
    // Most heads have fewer.
    private const int FirstLength = 12;

    private KeyValuePair<string, StringValues>[] _fields;

    // A bit for each length that a name had: most names that are looked for aren't there.
    private ulong _lengths;

    public FieldList() => _fields = new KeyValuePair<string, StringValues>[FirstLength];

    private FieldList(FieldList other) => (_fields, _lengths, Count) = ([.. other._fields], other._lengths, other.Count);

    public int Count { get; private set; }

    public ReadOnlySpan<KeyValuePair<string, StringValues>> All => _fields.AsSpan(0, Count);

    /// <summary>Adds values, behind those that the name has.</summary>
    public void Add(string name, StringValues values)
    {
        if (IndexOf(name) is >= 0 and var known)
        {
            _fields[known] = new(_fields[known].Key, StringValues.Concat(_fields[known].Value, values));
            return;
        }
        Append(name, values);
    }

    /// <summary>Adds a field whose name isn't there yet.</summary>
    public void Append(string name, StringValues values)
    {
        if (Count == _fields.Length) Array.Resize(ref _fields, Count * 2);
        _fields[Count++] = new(name, values);
        _lengths |= BitOf(name);
    }

    /// <summary>Gives a name this value alone.</summary>
    public void Set(string name, StringValues values)
    {
        if (IndexOf(name) is >= 0 and var known) _fields[known] = new(_fields[known].Key, values);
        else Add(name, values);
    }

    public void Remove(string name)
    {
        if (IndexOf(name) is not (>= 0 and var known)) return;
        Array.Copy(_fields, known + 1, _fields, known, --Count - known);
        _fields[Count] = default;
    }

    public bool TryGet(string name, out StringValues values)
    {
        var known = IndexOf(name);
        values = known < 0 ? default : _fields[known].Value;
        return known >= 0;
    }

    public bool Contains(string name) => IndexOf(name) >= 0;

    public FieldList Copy() => new(this);

    private int IndexOf(string name)
    {
        if ((_lengths & BitOf(name)) is 0) return -1;
        var fields = All;
        for (var i = 0; i < fields.Length; i++)
        {
            if (fields[i].Key.Length == name.Length && fields[i].Key.Equals(name, StringComparison.OrdinalIgnoreCase)) return i;
        }
        return -1;
    }

    private static ulong BitOf(string name) => 1UL << (name.Length & 63);
}
