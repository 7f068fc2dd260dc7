using System.Buffers;

namespace Mesh.Proxy.Listening.Wire;

/// <summary>Looks for a head's end as its bytes come in; each byte is looked at once, however slowly they come.</summary>
internal struct HeadSearch
{
    private long _searched, _line, _firstLine;
    private byte _last;
    private bool _inFields;

    /// <summary>Empty lines before the request line, in bytes: RFC 9112 section 2.2 has them passed over.</summary>
    public long Leading { get; private set; }

    /// <summary>Where the head ends, empty line included, or where a line feed stands alone: it won't become whole then.</summary>
    public long? End { get; private set; }

    /// <summary>How long the request line is, or has become so far.</summary>
    public readonly long FirstLine => _inFields ? _firstLine : _line;

    /// <summary>Bytes searched, without the empty lines before the request line.</summary>
    public readonly long Length => (End ?? _searched) - Leading;

    /// <param name="received">All that has come; its beginning was searched before.</param>
    public void Search(in ReadOnlySequence<byte> received)
    {
        foreach (var memory in received.Slice(_searched))
        {
            Search(memory.Span);
            if (End is not null) return;
        }
    }

    private void Search(ReadOnlySpan<byte> bytes)
    {
        while (End is null && !bytes.IsEmpty)
        {
            var feed = bytes.IndexOf((byte)'\n');
            var taken = feed < 0 ? bytes.Length : feed + 1;
            var before = feed > 0 ? bytes[feed - 1] : _last;
            (_last, _searched, _line) = (bytes[taken - 1], _searched + taken, _line + taken);
            bytes = bytes[taken..];
            if (feed >= 0) EndLine(isBare: before is not (byte)'\r');
        }
    }

    private void EndLine(bool isBare)
    {
        var isEmpty = _line is 2;
        if (isBare || isEmpty && _inFields) End = _searched;
        else if (isEmpty) Leading = _searched;
        else if (!_inFields) (_inFields, _firstLine) = (true, _line);
        if (End is null) _line = 0;
    }
}
