using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Mesh.Operator.Sources;

/// <summary>
/// Texts that come again and again, each kept once: of namespaces, nodes and zones, and of pods, which their slices name with every
/// change. The table's size is fixed: of two texts that meet in it the later stays, and the other is merely not shared.
/// </summary>
internal static class Texts
{
    private const int Size = 1 << 16;
    private static readonly string?[] Known = new string?[Size];

    public static string Of(JsonElement text)
    {
        var raw = text.ValueKind is JsonValueKind.String ? JsonMarshal.GetRawUtf8Value(text)[1..^1] : [];
        if (raw.IsEmpty || raw.Contains((byte)'\\')) return text.GetString() ?? "";
        ref var place = ref Known[XxHash3.HashToUInt64(raw) % Size];
        if (place is { } known && Ascii.Equals(raw, known)) return known;
        return place = Encoding.UTF8.GetString(raw);
    }

    /// <summary>That of a property; empty where there is none.</summary>
    public static string Of(JsonElement parent, string name) => parent.TryGetProperty(name, out var text) ? Of(text) : "";

    /// <summary>That of a property; null where there is none.</summary>
    public static string? Find(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var text) && text.ValueKind is not JsonValueKind.Null ? Of(text) : null;
}
