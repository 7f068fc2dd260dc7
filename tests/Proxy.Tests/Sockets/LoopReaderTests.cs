using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Tests.Sockets;

/// <summary>A loop's socket read as a pipe: what is given again, how waits end, and that none of them loses a byte.</summary>
public sealed class LoopReaderTests : IAsyncLifetime
{
    private LoopPair _pair = null!;
    private LoopReader _reader = null!;
    private int _ended;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _pair = await LoopPair.OpenAsync();
        _reader = new(_pair.Socket, () => Interlocked.Increment(ref _ended));
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatWasNotConsumed_IsGivenAgain_WithWhatCameSince(bool isOnLoop)
    {
        await _pair.SendAsync("abc");
        Assert.Equal("abc", await TakeAsync(consumed: 1, isOnLoop));
        await _pair.SendAsync("de");

        Assert.Equal("bcde", await TakeAsync(consumed: 4, isOnLoop));
        await _pair.SendAsync("f");
        Assert.Equal("f", await TakeAsync(consumed: 1, isOnLoop));
    }

    [Fact]
    public async Task WhatWasNotExamined_IsGivenAtOnce()
    {
        await _pair.SendAsync("abc");
        var first = await _reader.ReadAsync(Cancellation);
        _reader.AdvanceTo(first.Buffer.GetPosition(1), first.Buffer.GetPosition(2));

        Assert.True(_reader.TryRead(out var again));
        Assert.Equal("bc", Encoding.ASCII.GetString(again.Buffer));
        _reader.AdvanceTo(again.Buffer.Start, again.Buffer.End);
        Assert.False(_reader.TryRead(out _));
    }

    [Fact]
    public async Task WhatMustBeSeenWhole_GrowsBeyondABuffer_InOnePiece()
    {
        const int Length = 200_000;
        var sending = _pair.SendAsync(new string('a', Length - 1) + "z");
        ReadResult read;
        while (!(read = await _reader.ReadAsync(Cancellation)).Buffer.ToArray().AsSpan().EndsWith("z"u8)) _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        await sending;

        Assert.Equal(Length, read.Buffer.Length);
        Assert.True(read.Buffer.IsSingleSegment);
    }

    [Fact]
    public async Task PeersEnd_EndsTheWait_AndEveryLaterOne_AndIsTold()
    {
        var waiting = await _pair.BeginAsync(() => _reader.ReadAsync(Cancellation));
        Assert.False(waiting.IsCompleted);
        _pair.Peer.Shutdown(SocketShutdown.Send);

        Assert.True((await waiting).IsCompleted);
        Assert.True((await _reader.ReadAsync(Cancellation)).IsCompleted);
        Assert.Equal(1, _ended);
    }

    [Fact]
    public async Task PeersEnd_ComesBehindWhatItSent()
    {
        await _pair.SendAsync("ab");
        _pair.Peer.Shutdown(SocketShutdown.Send);

        Assert.Equal("ab", await TakeAsync(consumed: 1));
        var last = await _reader.ReadAsync(Cancellation);
        Assert.Equal("b", Encoding.ASCII.GetString(last.Buffer));
        Assert.True(last.IsCompleted);
    }

    [Fact]
    public async Task PeersReset_FailsTheWait_AndIsTold()
    {
        var waiting = await _pair.BeginAsync(() => _reader.ReadAsync(Cancellation));
        _pair.Peer.LingerState = new(enable: true, seconds: 0);
        _pair.Peer.Close();

        Assert.IsType<SocketException>((await Assert.ThrowsAsync<IOException>(() => waiting)).InnerException);
        Assert.Equal(1, _ended);
    }

    [Fact]
    public async Task Closing_EndsTheWait()
    {
        var waiting = await _pair.BeginAsync(() => _reader.ReadAsync(Cancellation));
        await _pair.CloseAsync();

        await Assert.ThrowsAsync<IOException>(() => waiting);
    }

    [Fact]
    public async Task CancelPendingRead_EndsTheWait_OrElseTheNextOne_AndNoOther()
    {
        var waiting = await _pair.BeginAsync(() => _reader.ReadAsync(Cancellation));
        _reader.CancelPendingRead();
        Assert.True((await waiting).IsCanceled);

        _reader.CancelPendingRead();
        Assert.True((await _reader.ReadAsync(Cancellation)).IsCanceled);

        var third = await _pair.BeginAsync(() => _reader.ReadAsync(Cancellation));
        await _pair.SendAsync("a");
        Assert.False((await third).IsCanceled);
    }

    // Cancellation comes from another thread, at any moment: while it waits, with the bytes, and after them.
    [Fact]
    public async Task CancellationThatRacesWithBytes_LosesNone()
    {
        const int Rounds = 2000;
        var sending = _pair.SendOneByOneAsync(Rounds);
        var received = await _pair.OnLoopAsync(async () =>
        {
            var bytes = new List<byte>();
            while (bytes.Count < Rounds)
            {
                using var source = new CancellationTokenSource();
                var cancelling = Task.Run(bytes.Count % 3 is 0 ? (Action)_reader.CancelPendingRead : source.Cancel, Cancellation);
                try
                {
                    var read = await _reader.ReadAsync(source.Token);
                    bytes.AddRange(read.Buffer.ToArray());
                    _reader.AdvanceTo(read.Buffer.End);
                }
                catch (OperationCanceledException failure)
                {
                    // Whatever has come is the next read's.
                    Assert.Equal(source.Token, failure.CancellationToken);
                }
                await cancelling;
                await _pair.Loop.SwitchAsync();
            }
            return bytes;
        });
        await sending;

        Assert.Equal(Enumerable.Range(0, Rounds).Select(i => (byte)i), received);
    }

    [Fact]
    public async Task WhoNeverHasToWait_LetsTheLoopsOthersHaveTheirTurn()
    {
        const int Buffers = 100;
        const int BufferLength = 16 * 1024;
        var sending = Task.Run(() => _pair.Peer.SendAsync(new byte[Buffers * BufferLength], Cancellation).AsTask(), Cancellation);
        var turns = await _pair.OnLoopAsync(async () =>
        {
            var (received, turns) = (0L, 0);
            CountTurn();
            while (received < Buffers * BufferLength)
            {
                var read = await _reader.ReadAsync(Cancellation);
                received += read.Buffer.Length;
                _reader.AdvanceTo(read.Buffer.End);
            }
            return turns;

            void CountTurn()
            {
                turns++;
                if (received < Buffers * BufferLength) _pair.Loop.Post(CountTurn);
            }
        });
        await sending;

        Assert.InRange(turns, Buffers / 20, int.MaxValue);
    }

    private async Task<string> TakeAsync(int consumed, bool isOnLoop = false)
    {
        return isOnLoop ? await _pair.OnLoopAsync(TakeAsync) : await TakeAsync();

        async Task<string> TakeAsync()
        {
            var read = await _reader.ReadAsync(Cancellation);
            var text = Encoding.ASCII.GetString(read.Buffer);
            _reader.AdvanceTo(read.Buffer.GetPosition(consumed), read.Buffer.End);
            return text;
        }
    }
}
