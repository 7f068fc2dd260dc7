using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Sockets;
using Mesh.Proxy.Tests.Identity;

namespace Mesh.Proxy.Tests.Sockets;

/// <summary>A loop's socket that encrypts, opposite the framework's stream: how records become bytes, and what can't be one ends it.</summary>
public sealed class TlsTransportTests : IAsyncLifetime
{
    private const string Client = "shop/web", Server = "shop/catalog";

    // More than the kernel takes from who sends to nobody that reads.
    private const int TooMuch = 32 * 1024 * 1024;

    // RFC 8446, section 5.1: of application data, as long as the header can say.
    private static readonly byte[] LongestHeader = [23, 3, 3, 0xFF, 0xFF];

    private readonly TestAuthority _authority = new();
    private LoopPair _pair = null!;
    private HeldStream _held = null!;
    private SslStream _peer = null!;
    private TlsTransport _transport = null!;
    private LoopReader _reader = null!;
    private LoopWriter _writer = null!;
    private bool _hasEnded;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _pair = await LoopPair.OpenAsync();

    public async ValueTask DisposeAsync()
    {
        if (_peer is not null) await _peer.DisposeAsync();
        await _pair.DisposeAsync();
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 5)]
    [InlineData(false, 1)]
    [InlineData(false, 4)]
    [InlineData(false, 5)]
    [InlineData(false, 100)]
    public async Task Record_IsReadOnceItIsWhole(bool isClient, int first)
    {
        await BeginAsync(isClient);
        var record = await RecordAsync(Bytes(1000));
        var reading = await _pair.BeginAsync(() => _reader.ReadAsync(Cancellation));
        foreach (var (start, end) in ((int, int)[])[(0, first), (first, record.Length - 1)])
        {
            await _pair.Peer.SendAsync(record.AsMemory(start, end - start), Cancellation);
            await SettleAsync();
            Assert.False(reading.IsCompleted);
        }
        await _pair.Peer.SendAsync(record.AsMemory(record.Length - 1), Cancellation);

        Assert.Equal(Bytes(1000), (await reading).Buffer.ToArray());
    }

    [Fact]
    public async Task RecordsThatComeTogether_AreReadInOrder()
    {
        await BeginAsync(isClient: false);
        byte[] all = [.. await RecordAsync("one "u8.ToArray()), .. await RecordAsync("two "u8.ToArray()), .. await RecordAsync("three"u8.ToArray())];
        // And the beginning of what will never be one.
        await _pair.Peer.SendAsync(all.Concat(LongestHeader[..3]).ToArray(), Cancellation);

        Assert.Equal("one two three"u8.ToArray(), await ReadAsync("one two three".Length));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Megabytes_PassWholeInBothDirections(bool isClient, bool isOnLoop)
    {
        const int length = 3_000_000;
        await BeginAsync(isClient);
        var arriving = new byte[length];
        var peer = Task.WhenAll(_peer.WriteAsync(Bytes(length), Cancellation).AsTask(), _peer.ReadExactlyAsync(arriving, Cancellation).AsTask());
        _writer.Write(Bytes(length));
        var flushing = isOnLoop ? await _pair.BeginAsync(() => _writer.FlushAsync(Cancellation)) : _writer.FlushAsync(Cancellation).AsTask();
        var read = isOnLoop ? await _pair.OnLoopAsync(() => ReadAsync(length)) : await ReadAsync(length);

        await flushing;
        await peer;
        Assert.True(read.AsSpan().SequenceEqual(Bytes(length)));
        Assert.True(arriving.AsSpan().SequenceEqual(Bytes(length)));
    }

    [Fact]
    public async Task WhoAsksForLessThanARecordHolds_GetsTheRestNext()
    {
        await BeginAsync(isClient: false);
        var stream = new LoopStream(_transport);
        await _peer.WriteAsync(Bytes(10), Cancellation);
        var read = new byte[10];
        for (var i = 0; i < 10; i += 4)
        {
            Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty, Cancellation));
            Assert.Equal(Math.Min(4, 10 - i), await stream.ReadAsync(read.AsMemory(i, Math.Min(4, 10 - i)), Cancellation));
        }

        Assert.Equal(Bytes(10), read);
        var waiting = await _pair.BeginAsync(() => stream.ReadAsync(Memory<byte>.Empty, Cancellation));
        Assert.False(waiting.IsCompleted);
        await _peer.WriteAsync(Bytes(1), Cancellation);
        Assert.Equal(0, await waiting);
    }

    [Fact]
    public async Task PeersEnd_IsReadAfterItsLastRecord_AndItCanStillBeWrittenTo()
    {
        await BeginAsync(isClient: true);
        await _peer.WriteAsync("last"u8.ToArray(), Cancellation);
        await _peer.ShutdownAsync();

        Assert.Equal("last"u8.ToArray(), await ReadAsync(4));
        Assert.True((await _reader.ReadAsync(Cancellation)).IsCompleted);
        Assert.True(_hasEnded);
        _writer.Write("more"u8);
        await _writer.FlushAsync(Cancellation);
        var arriving = new byte[4];
        await _peer.ReadExactlyAsync(arriving, Cancellation);
        Assert.Equal("more"u8.ToArray(), arriving);
    }

    [Fact]
    public async Task Finish_IsTheEndForThePeer_WhichMayStillSend()
    {
        await BeginAsync(isClient: true);
        _writer.Write("last"u8);
        await _writer.FlushAsync(Cancellation);
        await _transport.FinishAsync();

        var arriving = new byte[5];
        Assert.Equal(4, await _peer.ReadAtLeastAsync(arriving, 5, throwOnEndOfStream: false, Cancellation));
        await _peer.WriteAsync("more"u8.ToArray(), Cancellation);
        Assert.Equal("more"u8.ToArray(), await ReadAsync(4));
    }

    [Fact]
    public async Task PeersEnd_IsOneForAllWhoAsk()
    {
        await BeginAsync(isClient: true);
        var stream = new LoopStream(_transport);
        await _peer.ShutdownAsync();

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty, Cancellation));
            Assert.Equal(0, await stream.ReadAsync(new byte[8], Cancellation));
        }
    }

    [Fact]
    public async Task Finish_WaitsForRoom_AndForNothingElse()
    {
        await BeginAsync(isClient: false);
        _writer.Write(Bytes(TooMuch));
        var flushing = await _pair.BeginAsync(() => _writer.FlushAsync(Cancellation));
        _writer.CancelPendingFlush();
        await flushing;
        var finished = await _pair.OnLoopAsync(() => Task.FromResult(_transport.Finish()));
        Assert.Equal(Errno.WouldBlock, finished);

        var finishing = _transport.FinishAsync();
        var arriving = new byte[TooMuch];
        Assert.InRange(await _peer.ReadAtLeastAsync(arriving, TooMuch, throwOnEndOfStream: false, Cancellation), 1, TooMuch - 1);
        await finishing;
    }

    [Fact]
    public async Task RecordsThatHoldNoData_AreTakenForAWhile()
    {
        var records = new TlsRecords(_pair.Socket);
        await _pair.OnLoopAsync(() =>
        {
            records.StayOnLoop();
            return Task.FromResult(0);
        });
        var record = new byte[] { 23, 3, 3, 0, 1, 0 };
        await _pair.Peer.SendAsync(Enumerable.Repeat(record, 200).SelectMany(bytes => bytes).ToArray(), Cancellation);
        await SettleAsync();

        var given = await _pair.OnLoopAsync(async () =>
        {
            Assert.True(records.Receive() > 0);
            var count = 0;
            try
            {
                while (await records.ReadAsync(new byte[64], Cancellation) > 0) count++;
            }
            catch (IOException failure) when (failure is not NoRecordException)
            {
                return count;
            }
            return -1;
        });
        Assert.InRange(given, 2, 100);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(50)]
    public async Task EndWithoutAWord_IsAnEndBetweenRecords_AndAFailureWithinOne(int length)
    {
        await BeginAsync(isClient: false);
        await _pair.Peer.SendAsync((await RecordAsync(Bytes(100))).AsMemory(0, length), Cancellation);
        _pair.Peer.Shutdown(SocketShutdown.Send);

        if (length is 0) Assert.True((await _reader.ReadAsync(Cancellation)).IsCompleted);
        else await Assert.ThrowsAsync<IOException>(async () => await _reader.ReadAsync(Cancellation));
        Assert.Equal(length is 0, _hasEnded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatThePeerCannotHaveEncrypted_Fails(bool isTooLong)
    {
        await BeginAsync(isClient: false);
        var rubbish = isTooLong ? [.. LongestHeader, .. new byte[0xFFFF]] : await RecordAsync(Bytes(100));
        rubbish[^1] ^= 1;
        await _pair.Peer.SendAsync(rubbish, Cancellation);

        await Assert.ThrowsAsync<IOException>(async () => await _reader.ReadAsync(Cancellation));
    }

    [Fact]
    public async Task CancelPendingFlush_EndsTheWait_AndTheRestIsSentByTheNext()
    {
        await BeginAsync(isClient: false);
        _writer.Write(Bytes(TooMuch));
        var flushing = await _pair.BeginAsync(() => _writer.FlushAsync(Cancellation));
        Assert.False(flushing.IsCompleted);
        _writer.CancelPendingFlush();
        Assert.True((await flushing).IsCanceled);

        var arriving = new byte[TooMuch];
        var receiving = _peer.ReadExactlyAsync(arriving, Cancellation).AsTask();
        Assert.False((await _writer.FlushAsync(Cancellation)).IsCanceled);
        await receiving;
        Assert.True(arriving.AsSpan().SequenceEqual(Bytes(TooMuch)));
    }

    [Fact]
    public async Task CancelPendingRead_TakesNothing()
    {
        await BeginAsync(isClient: true);
        var reading = await _pair.BeginAsync(() => _reader.ReadAsync(Cancellation));
        _reader.CancelPendingRead();
        Assert.True((await reading).IsCanceled);

        await _peer.WriteAsync(Bytes(7), Cancellation);
        Assert.Equal(Bytes(7), await ReadAsync(7));
    }

    [Fact]
    public async Task ClosedSocket_EndsWhoWaits()
    {
        await BeginAsync(isClient: false);
        var reading = await _pair.BeginAsync(() => _reader.ReadAsync(Cancellation));
        await _pair.OnLoopAsync(() =>
        {
            _transport.Dispose();
            return Task.FromResult(0);
        });

        await Assert.ThrowsAsync<IOException>(() => reading);
        Assert.True(_pair.Socket.IsClosed);
    }

    private async Task BeginAsync(bool isClient)
    {
        var records = new TlsRecords(_pair.Socket);
        _held = new(new NetworkStream(_pair.Peer, ownsSocket: false));
        var (client, server) = isClient ? ((Stream)records, (Stream)_held) : (_held, records);
        var accepting = _authority.CredentialsOf(Server).AcceptAsync(server, Cancellation);
        var connected = await _authority.CredentialsOf(Client)
            .ConnectAsync(client, new IPEndPoint(IPAddress.Loopback, 1), MeshAlpn.OfTcp, TestAuthority.IdOf(Server), Cancellation);
        var accepted = (await accepting).Tls;
        _peer = isClient ? accepted : connected;
        await _pair.OnLoopAsync(() =>
        {
            records.StayOnLoop();
            _transport = new(isClient ? connected : accepted, records);
            (_reader, _writer) = (new(_transport, () => _hasEnded = true), new(_transport));
            return Task.FromResult(0);
        });
    }

    /// <summary>What the peer would send.</summary>
    private async Task<byte[]> RecordAsync(byte[] data)
    {
        _held.IsHolding = true;
        await _peer.WriteAsync(data, Cancellation);
        _held.IsHolding = false;
        return _held.Take();
    }

    // What was sent before is an event of the loop's next round at the latest.
    private async Task SettleAsync()
    {
        for (var round = 0; round < 2; round++) await _pair.OnLoopAsync(() => Task.FromResult(0));
    }

    private async Task<byte[]> ReadAsync(int length)
    {
        var bytes = new ArrayBufferWriter<byte>(length);
        while (bytes.WrittenCount < length)
        {
            var result = await _reader.ReadAsync(Cancellation);
            foreach (var piece in result.Buffer) bytes.Write(piece.Span);
            _reader.AdvanceTo(result.Buffer.End);
        }
        return bytes.WrittenSpan.ToArray();
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];

    private sealed class HeldStream(Stream inner) : AsyncStream
    {
        private readonly MemoryStream _held = new();

        public bool IsHolding { get; set; }

        public byte[] Take()
        {
            var held = _held.ToArray();
            _held.SetLength(0);
            return held;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            IsHolding ? _held.WriteAsync(buffer, cancellationToken) : inner.WriteAsync(buffer, cancellationToken);
    }
}
