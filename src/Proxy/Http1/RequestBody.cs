using System.Globalization;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Http1;

/// <summary>
/// Where a request's body is written to: behind the head, framed as that says. What is small waits for a flush, or the body's end, and
/// goes out in one piece with what it waited behind.
/// </summary>
/// <param name="stream">The connection.</param>
/// <param name="buffer">What waits, the head at first.</param>
/// <param name="length">What the head says; -1: it goes in chunks.</param>
internal sealed class RequestBody(Stream stream, SendBuffer buffer, long length) : WriteOnlyStream
{
    /// <summary>Bytes. Copying this much costs less than a system call and a packet of their own.</summary>
    private const int LargestGathered = 16 * 1024;

    private readonly bool _isChunked = length < 0;
    private long _left = length;

    /// <summary>The connection took no more; else what failed is the body itself.</summary>
    public bool IsBroken { get; private set; }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken = default)
    {
        if (piece.IsEmpty) return;
        if (_isChunked) WriteSize(piece.Length);
        else Count(piece.Length);
        if (buffer.Written.Length + piece.Length <= LargestGathered)
        {
            buffer.Write(piece.Span);
        }
        else
        {
            await FlushAsync(cancellationToken);
            await SendAsync(piece, cancellationToken);
        }
        if (_isChunked) buffer.Write("\r\n"u8);
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (buffer.Written.IsEmpty) return;
        await SendAsync(buffer.Written, cancellationToken);
        buffer.Clear();
    }

    /// <summary>The body is whole.</summary>
    /// <exception cref="HttpRequestException">It is shorter than the head said.</exception>
    public Task EndAsync(CancellationToken cancellationToken)
    {
        if (_isChunked) buffer.Write("0\r\n\r\n"u8);
        else if (_left > 0) throw new HttpRequestException(string.Create(CultureInfo.InvariantCulture, $"the request's body is {_left} bytes shorter than its Content-Length"));
        return FlushAsync(cancellationToken);
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(bytes, cancellationToken);
        }
        catch
        {
            IsBroken = true;
            throw;
        }
    }

    private void WriteSize(int count)
    {
        buffer.WriteHex(count);
        buffer.Write("\r\n"u8);
    }

    private void Count(int count)
    {
        _left -= count;
        if (_left < 0) throw new HttpRequestException("the request's body is longer than its Content-Length");
    }
}
