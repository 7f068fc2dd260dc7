using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Mesh.Operator.Sources;

/// <summary>
/// Parts of objects that many objects have alike, made once for all of them: the pods of a workload are, and what they share takes
/// several times what is a pod's own. Nobody changes what was read. The table's size is fixed, as that of <see cref="Texts"/>.
/// </summary>
/// <param name="make">Reads the part.</param>
internal sealed class Alike<T>(Func<JsonElement, T> make)
    where T : class
{
    private const int Size = 1 << 12;
    private readonly Entry?[] _known = new Entry?[Size];

    /// <summary>What is made of a part, by all that is in it.</summary>
    public T Of(JsonElement part) => Of(part, JsonMarshal.GetRawUtf8Value(part));

    /// <param name="part">What to read.</param>
    /// <param name="content">As much of it as makes a difference.</param>
    public T Of(JsonElement part, ReadOnlySpan<byte> content)
    {
        ref var place = ref _known[XxHash3.HashToUInt64(content) % Size];
        if (place is { } known && content.SequenceEqual(known.Content)) return known.Made;
        var entry = new Entry(content.ToArray(), make(part));
        place = entry;
        return entry.Made;
    }

    private sealed record Entry(byte[] Content, T Made);
}
