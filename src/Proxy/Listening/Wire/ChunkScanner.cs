namespace Mesh.Proxy.Listening.Wire;

/// <summary>
/// Follows a chunked body to its end, strictly: RFC 9112 section 7.1 without the white space that section 7.1.1 would have
/// tolerated, since readers differ over it. It looks at what stands between the data, and skips the data.
/// </summary>
internal struct ChunkScanner
{
    /// <summary>Bytes: extensions mean nothing to the application, so that more is a burden only (CVE-2023-39326).</summary>
    private const int LongestExtension = 4 * 1024;

    /// <summary>Bytes, of all trailers together.</summary>
    private const int LargestTrailer = 16 * 1024;

    /// <summary>Hexadecimal digits, zeros before the number included: a chunk of 2 GiB.</summary>
    private const int LongestSize = 8;

    private Expected _expected;
    private long _size;
    private int _digits, _extension, _trailer;

    private enum Expected
    {
        Size,
        Extension,
        SizeEnd,
        Data,
        DataEnd,
        DataEnd2,
        TrailerOrEnd,
        TrailerName,
        TrailerValue,
        TrailerEnd,
        End,
    }

    /// <summary>The body is whole.</summary>
    public bool IsDone { get; private set; }

    /// <summary>What is wrong with the last byte looked at; null where nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>Bytes of data that come next; 0 where something else does.</summary>
    public readonly long Data => _expected is Expected.Data ? _size : 0;

    /// <summary>The last chunk has come: what comes next are trailers, or the end.</summary>
    public readonly bool IsInTrailers => _expected >= Expected.TrailerOrEnd;

    /// <summary>Looks at more bytes.</summary>
    /// <returns>How many belong to the body: all of them, up to its end, or up to the fault.</returns>
    public int Scan(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length && !IsDone && Fault is null)
        {
            at += ScanToData(bytes[at..]);
            at += SkipData(bytes.Length - at);
        }
        return at;
    }

    /// <summary>Looks at what stands between the data: up to the next of it, to where the trailers begin, to the body's end, or to the fault.</summary>
    /// <returns>How many bytes that is.</returns>
    public int ScanToData(ReadOnlySpan<byte> bytes)
    {
        var wasInTrailers = IsInTrailers;
        var at = 0;
        while (at < bytes.Length && !IsDone && Data is 0 && IsInTrailers == wasInTrailers)
        {
            if (Step(bytes[at]) is { } fault)
            {
                Fault = $"chunked body: found '{(bytes[at] is > 0x20 and < 0x7f ? ((char)bytes[at]).ToString() : $"\\x{bytes[at]:x2}")}', expected {fault}";
                return at;
            }
            at++;
        }
        return at;
    }

    /// <summary>Passes over data.</summary>
    /// <param name="available">How much has come.</param>
    /// <returns>How much of it belongs to this chunk.</returns>
    public int SkipData(long available)
    {
        var skipped = (int)Math.Min(Data, available);
        if (skipped is 0) return 0;
        _size -= skipped;
        if (_size is 0) _expected = Expected.DataEnd;
        return skipped;
    }

    private string? Step(byte octet) => _expected switch
    {
        Expected.Size => StepSize(octet),
        Expected.Extension => StepExtension(octet),
        Expected.SizeEnd => Line(octet, _size > 0 ? Expected.Data : Expected.TrailerOrEnd, "LF after the chunk size's CR"),
        Expected.DataEnd => octet is (byte)'\r' ? Go(Expected.DataEnd2) : "CR LF after a chunk's data",
        Expected.DataEnd2 => Line(octet, Expected.Size, "LF after a chunk's data and CR"),
        Expected.TrailerOrEnd => octet is (byte)'\r' ? Go(Expected.End) : StepTrailer(octet, FieldSyntax.Token.Contains(octet), Expected.TrailerName, "a trailer's name, or an empty line"),
        Expected.TrailerName => octet is (byte)':' ? Go(Expected.TrailerValue) : StepTrailer(octet, FieldSyntax.Token.Contains(octet), Expected.TrailerName, "a colon after a trailer's name"),
        Expected.TrailerValue => octet is (byte)'\r' ? Go(Expected.TrailerEnd) : StepTrailer(octet, IsText(octet), Expected.TrailerValue, "no control character in a trailer"),
        Expected.TrailerEnd => Line(octet, Expected.TrailerOrEnd, "LF after a trailer's CR"),
        _ => End(octet),
    };

    private string? StepSize(byte octet)
    {
        if (char.IsAsciiHexDigit((char)octet))
        {
            if (++_digits > LongestSize) return $"at most {LongestSize} hexadecimal digits of a chunk's size";
            _size = _size * 16 + HexDigit(octet);
            return _size <= int.MaxValue ? null : "a chunk's size below 2 GiB";
        }
        if (_digits is 0) return "a chunk's size";
        return octet switch
        {
            (byte)'\r' => Go(Expected.SizeEnd),
            (byte)';' => Go(Expected.Extension),
            _ => "CR LF or ';' after a chunk's size",
        };
    }

    private string? StepExtension(byte octet)
    {
        if (octet is (byte)'\r') return Go(Expected.SizeEnd);
        if (!IsText(octet)) return "no control character in a chunk's extension";
        return ++_extension <= LongestExtension ? null : $"at most {LongestExtension} bytes of a chunk's extension";
    }

    private string? StepTrailer(byte octet, bool isValid, Expected next, string expected)
    {
        if (!isValid) return expected;
        return ++_trailer <= LargestTrailer ? Go(next) : $"at most {LargestTrailer} bytes of trailers";
    }

    private string? Line(byte octet, Expected next, string expected)
    {
        if (octet is not (byte)'\n') return expected;
        if (next is Expected.Size) (_size, _digits, _extension) = (0, 0, 0);
        return Go(next);
    }

    private string? End(byte octet)
    {
        IsDone = octet is (byte)'\n';
        return IsDone ? null : "LF after the last CR";
    }

    private string? Go(Expected next)
    {
        _expected = next;
        return null;
    }

    private static int HexDigit(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static bool IsText(byte octet) => octet is >= 0x20 and not 0x7f or (byte)'\t';
}
