using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Tests.Sockets;

/// <summary>A loop's socket written as a pipe: nothing is sent before it is flushed, all of it in order, and how flushes end that wait.</summary>
public sealed class LoopWriterTests : IAsyncLifetime
{
    // More than the kernel takes from who sends to nobody that reads.
    private const int TooMuch = 32 * 1024 * 1024;

    private LoopPair _pair = null!;
    private LoopWriter _writer = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _pair = await LoopPair.OpenAsync();
        _writer = new(_pair.Socket);
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Theory]
    [InlineData(true, 10)]
    [InlineData(false, 10)]
    [InlineData(true, 16 * 1024)]
    [InlineData(true, 1_000_000)]
    [InlineData(false, 1_000_000)]
    public async Task WhatIsFlushed_ArrivesWholeAndInOrder(bool isOnLoop, int length)
    {
        var sent = Bytes(length);
        var receiving = ReceiveAsync(length);
        _writer.Write(sent);
        Assert.Equal(length, _writer.UnflushedBytes);
        Assert.Equal(0, _pair.Peer.Available);
        var flushed = isOnLoop ? await _pair.OnLoopAsync(() => _writer.FlushAsync(Cancellation).AsTask()) : await _writer.FlushAsync(Cancellation);

        Assert.False(flushed.IsCanceled || flushed.IsCompleted);
        Assert.Equal(0, _writer.UnflushedBytes);
        Assert.Equal(sent, await receiving);
    }

    [Fact]
    public async Task SpanOfAnyLength_IsGiven()
    {
        foreach (var length in (int[])[1, 20_000, 5, 100_000, 0])
        {
            var span = _writer.GetMemory(length);
            Assert.InRange(span.Length, Math.Max(length, 1), int.MaxValue);
            span.Span[..length].Fill((byte)'a');
            _writer.Advance(length);
        }
        var receiving = ReceiveAsync(120_006);
        await _writer.FlushAsync(Cancellation);

        Assert.All(await receiving, octet => Assert.Equal((byte)'a', octet));
    }

    [Fact]
    public async Task CancelPendingFlush_EndsTheWait_AndTheRestIsSentByTheNext()
    {
        var sent = Bytes(TooMuch);
        _writer.Write(sent);
        var flushing = await _pair.BeginAsync(() => _writer.FlushAsync(Cancellation));
        Assert.False(flushing.IsCompleted);
        _writer.CancelPendingFlush();
        Assert.True((await flushing).IsCanceled);

        var receiving = ReceiveAsync(TooMuch);
        Assert.False((await _writer.FlushAsync(Cancellation)).IsCanceled);
        Assert.True((await receiving).AsSpan().SequenceEqual(sent));
    }

    [Fact]
    public async Task Token_EndsTheWait()
    {
        using var source = new CancellationTokenSource();
        _writer.Write(Bytes(TooMuch));
        var flushing = await _pair.BeginAsync(() => _writer.FlushAsync(source.Token));
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flushing);
    }

    [Fact]
    public async Task Closing_EndsTheWait_AndFailsWhatFollows()
    {
        _writer.Write(Bytes(TooMuch));
        var flushing = await _pair.BeginAsync(() => _writer.FlushAsync(Cancellation));
        await _pair.CloseAsync();

        await Assert.ThrowsAsync<IOException>(() => flushing);
        await Assert.ThrowsAsync<IOException>(async () => await _pair.OnLoopAsync(() => _writer.FlushAsync(Cancellation).AsTask()));
    }

    [Fact]
    public async Task PeersReset_FailsTheWait()
    {
        _writer.Write(Bytes(TooMuch));
        var flushing = await _pair.BeginAsync(() => _writer.FlushAsync(Cancellation));
        _pair.Peer.LingerState = new(enable: true, seconds: 0);
        _pair.Peer.Close();

        Assert.IsType<SocketException>((await Assert.ThrowsAsync<IOException>(() => flushing)).InnerException);
    }

    [Theory]
    [InlineData(false, "ab")]
    [InlineData(true, "")]
    public async Task Completing_SendsWhatWasWritten_UnlessItFailed(bool hasFailed, string expected)
    {
        _writer.Write("ab"u8);
        await _writer.CompleteAsync(hasFailed ? new IOException() : null);
        await _pair.CloseAsync();

        var received = new byte[4];
        Assert.Equal(expected, Encoding.ASCII.GetString(received, 0, await _pair.Peer.ReceiveAsync(received, Cancellation)));
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i % 251))];

    private async Task<byte[]> ReceiveAsync(int length)
    {
        var bytes = new byte[length];
        for (var received = 0; received < length;)
        {
            var count = await _pair.Peer.ReceiveAsync(bytes.AsMemory(received), Cancellation);
            Assert.NotEqual(0, count);
            received += count;
        }
        return bytes;
    }
}
