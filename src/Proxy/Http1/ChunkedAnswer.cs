using System.Buffers;
using System.Text;
using Mesh.Proxy.Listening.Wire;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;
using HeaderNames = Microsoft.Net.Http.Headers.HeaderNames;

namespace Mesh.Proxy.Http1;

/// <summary>Takes an answer's data out of its chunks, and the trailers behind them.</summary>
internal sealed class ChunkedAnswer(ReceivedAnswer response)
{
    // RFC 9110 section 6.5.1: what frames a message, routes it, or says who may have it.
    private static readonly SearchValues<string> TooLate = SearchValues.Create(
        [
            HeaderNames.Connection, HeaderNames.ContentEncoding, HeaderNames.ContentLength, HeaderNames.ContentRange, HeaderNames.ContentType, HeaderNames.Host,
            HeaderNames.SetCookie, HeaderNames.TE, HeaderNames.Trailer, HeaderNames.TransferEncoding, HeaderNames.Upgrade, HeaderNames.WWWAuthenticate,
        ],
        StringComparison.OrdinalIgnoreCase);

    private ChunkScanner _scanner;
    private List<byte>? _trailers;

    /// <summary>The last chunk and the trailers have come.</summary>
    public bool IsDone => _scanner.IsDone;

    /// <summary>Bytes of data that come next for sure.</summary>
    public long Data => _scanner.Data;

    /// <summary>Data has gone by.</summary>
    public void Pass(int count) => _scanner.SkipData(count);

    /// <summary>Takes data as far as it has come and fits, and what stands around it.</summary>
    /// <returns>How much data.</returns>
    /// <exception cref="HttpIOException">It is no chunked body.</exception>
    public int Take(ReceiveBuffer received, Span<byte> buffer)
    {
        var taken = 0;
        while (!received.IsEmpty && !_scanner.IsDone)
        {
            if (_scanner.Data > 0)
            {
                if (taken == buffer.Length) break;
                var count = received.Take(buffer[taken..][..(int)Math.Min(_scanner.Data, buffer.Length - taken)]);
                _scanner.SkipData(count);
                taken += count;
                continue;
            }
            TakeMarks(received);
        }
        return taken;
    }

    private void TakeMarks(ReceiveBuffer received)
    {
        var areTrailers = _scanner.IsInTrailers;
        var unread = received.Unread;
        var count = _scanner.ScanToData(unread);
        if (_scanner.Fault is { } fault) throw new HttpIOException(HttpRequestError.InvalidResponse, $"the answer is malformed: {fault}");
        if (areTrailers) Keep(unread[..count]);
        received.Advance(count);
        if (_scanner.IsDone) AddTrailers();
    }

    // Nearly always the empty line alone.
    private void Keep(ReadOnlySpan<byte> trailers)
    {
        if (_trailers is null && _scanner.IsDone && trailers.Length is 2) return;
        (_trailers ??= []).AddRange(trailers);
    }

    // The scanner has seen that each line is a name, a colon and a value.
    private void AddTrailers()
    {
        if (_trailers is null) return;
        foreach (var line in Encoding.Latin1.GetString([.. _trailers]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            Add(line[..colon], line[(colon + 1)..].Trim(' ', '\t'));
        }
    }

    private void Add(string name, string value)
    {
        if (!TooLate.Contains(name)) response.HasTrailers |= response.TrailingHeaders.TryAddWithoutValidation(name, value);
    }
}
