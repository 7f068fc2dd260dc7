using System.Buffers.Binary;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// A connection's bytes as they come, but that a refused stream (RST_STREAM with REFUSED_STREAM: RFC 9113 section 8.7) is told as
/// <see cref="ErrorCode"/>. HttpClient would send the request again by itself, up to three times and at once, to the very server that
/// has too much to do; whether it is sent again, and where, is the policy's to say. Source: dotnet/runtime,
/// HttpConnectionPool.SendWithVersionDetectionAndRetryAsync, Http2Connection.ProcessRstStreamFrame.
/// </summary>
internal sealed class RefusedStreams(Stream inner) : AsyncStream
{
    /// <summary>In place of REFUSED_STREAM: a code that is not registered (RFC 9113 section 11.4), and that differs in its last byte only.</summary>
    public const long ErrorCode = 0xf7;

    private const int HeadLength = 9, CodeLength = 4;
    private const byte Reset = 3, InternalError = 2, RefusedStream = 7;

    private readonly byte[] _head = new byte[HeadLength];
    private int _headCome;
    private int _payloadLeft;
    private bool _mayBeRefusal;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Pass(buffer.Span[..read]);
        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    // Frames come in any pieces: RFC 9113 section 4.1.
    private void Pass(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var taken = Math.Min(_payloadLeft > 0 ? _payloadLeft : HeadLength - _headCome, bytes.Length);
            if (_payloadLeft > 0) PassPayload(bytes[..taken]);
            else ReadHead(bytes[..taken]);
            bytes = bytes[taken..];
        }
    }

    private void ReadHead(ReadOnlySpan<byte> piece)
    {
        piece.CopyTo(_head.AsSpan(_headCome));
        _headCome += piece.Length;
        if (_headCome < HeadLength) return;
        _headCome = 0;
        _payloadLeft = BinaryPrimitives.ReadInt32BigEndian(_head) >>> 8;
        _mayBeRefusal = _head[3] is Reset && _payloadLeft is CodeLength;
    }

    private void PassPayload(Span<byte> piece)
    {
        if (_mayBeRefusal) PassCode(piece);
        _payloadLeft -= piece.Length;
    }

    // What came before the last byte may have been passed on already.
    private void PassCode(Span<byte> piece)
    {
        var isLast = piece.Length == _payloadLeft;
        _mayBeRefusal = !(isLast ? piece[..^1] : piece).ContainsAnyExcept((byte)0);
        if (!isLast || !_mayBeRefusal) return;
        if (piece[^1] is RefusedStream) piece[^1] = (byte)ErrorCode;
        else if (piece[^1] is (byte)ErrorCode) piece[^1] = InternalError;
    }
}
