using System.Collections.Frozen;
using System.Text;
using Mesh.Proxy.Listening.Wire;
using HeaderNames = Microsoft.Net.Http.Headers.HeaderNames;

namespace Mesh.Proxy.Http1;

/// <summary>
/// A line of an answer's header, read by the letter. Servers send the same lines with every answer: what comes again is neither checked nor
/// made into strings again.
/// </summary>
internal sealed class FieldLine
{
    // Kestrel, to which they go on, compares these very objects before it compares letters.
    private static readonly FrozenDictionary<string, string> Usual = FrozenDictionary.ToFrozenDictionary(
        [
            HeaderNames.AcceptRanges, HeaderNames.Age, HeaderNames.CacheControl, HeaderNames.ContentEncoding, HeaderNames.ContentLength, HeaderNames.ContentType,
            HeaderNames.Date, HeaderNames.ETag, HeaderNames.Expires, HeaderNames.LastModified, HeaderNames.Server, HeaderNames.Vary, HeaderNames.Via,
        ],
        name => name, StringComparer.Ordinal);

    private static readonly LineCache<FieldLine> Seen = new();

    private readonly int _start;

    private FieldLine(ReadOnlySpan<byte> line, int colon)
    {
        var name = Encoding.ASCII.GetString(line[..colon]);
        var value = line[(colon + 1)..].TrimStart(" \t"u8);
        _start = line.Length - value.Length;
        Name = Usual.GetValueOrDefault(name, name);
        Value = Encoding.Latin1.GetString(value.TrimEnd(" \t"u8));
        Meaning = MeaningOf(line[..colon], ValueOf(line));
    }

    public string Name { get; }

    /// <summary>A character for each byte.</summary>
    public string Value { get; }

    public FieldMeaning Meaning { get; }

    /// <param name="line">Without its end, and not empty.</param>
    /// <exception cref="HttpRequestException">It is no field.</exception>
    public static FieldLine Read(ReadOnlySpan<byte> line)
    {
        if (Seen.TryGet(line, out var known)) return known;
        if (line[0] is (byte)' ' or (byte)'\t') throw AnswerHead.Invalid("a line that continues the one before (RFC 9112 section 5.2)");
        var colon = line.IndexOfAnyExcept(FieldSyntax.Token);
        if (colon <= 0 || line[colon] is not (byte)':') throw AnswerHead.Invalid("a line that is no field");
        if (HasControls(line[(colon + 1)..])) throw AnswerHead.Invalid("control characters in a field");
        var read = new FieldLine(line, colon);
        Seen.Keep(line, read);
        return read;
    }

    /// <summary>The value's bytes, of the line that was read.</summary>
    public ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> line) => line.Slice(_start, Value.Length);

    /// <summary>Whether there is what no value and no reason phrase may hold.</summary>
    public static bool HasControls(ReadOnlySpan<byte> text) => text.ContainsAny(FieldSyntax.Controls);

    private static FieldMeaning MeaningOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => name.Length switch
    {
        10 when Ascii.EqualsIgnoreCase(name, "connection"u8) => MeaningOfConnection(value),
        14 when Ascii.EqualsIgnoreCase(name, "content-length"u8) => FieldMeaning.Length,
        17 when Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8) => FieldMeaning.Coding,
        _ => FieldMeaning.None,
    };

    private static FieldMeaning MeaningOfConnection(ReadOnlySpan<byte> value)
    {
        var (meaning, namesFields) = (FieldMeaning.None, false);
        foreach (var range in value.Split((byte)','))
        {
            var option = value[range].Trim(" \t"u8);
            if (Ascii.EqualsIgnoreCase(option, "close"u8)) meaning |= FieldMeaning.Closes;
            else if (Ascii.EqualsIgnoreCase(option, "keep-alive"u8)) meaning |= FieldMeaning.Stays;
            else if (!option.IsEmpty) namesFields = true;
        }
        return namesFields ? meaning : meaning | FieldMeaning.EndsHere;
    }
}
