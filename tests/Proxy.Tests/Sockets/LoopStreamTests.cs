using System.Net.Sockets;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Tests.Sockets;

/// <summary>Reads that wait on their loop: how they end, and that none of them loses a byte.</summary>
public sealed class LoopStreamTests : IAsyncLifetime
{
    private LoopPair _pair = null!;
    private LoopStream _stream = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _pair = await LoopPair.OpenAsync();
        _stream = new(_pair.Socket);
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task ReadOfNothing_WaitsForBytes_AndLeavesThem()
    {
        var (waiting, _) = await BeginAsync(Memory<byte>.Empty, Cancellation);
        Assert.False(waiting.IsCompleted);
        await _pair.Peer.SendAsync("ab"u8.ToArray(), Cancellation);

        Assert.Equal(0, await waiting);
        Assert.Equal(2, await ReadAsync());
    }

    [Fact]
    public async Task CancelledWait_TakesNothing()
    {
        using var source = new CancellationTokenSource();
        var (waiting, buffer) = await BeginAsync(new byte[8], source.Token);
        await source.CancelAsync();
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        Assert.Equal(source.Token, failure.CancellationToken);
        await _pair.Peer.SendAsync("ab"u8.ToArray(), Cancellation);
        Assert.Equal(2, await ReadAsync());
        Assert.Equal(new byte[8], buffer.ToArray());
    }

    [Fact]
    public async Task TokenThatWasCancelledBefore_EndsTheWaitAtOnce_AndNoLaterOne()
    {
        var (cancelled, _) = await BeginAsync(new byte[8], new CancellationToken(canceled: true));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);

        var (waiting, _) = await BeginAsync(new byte[8], Cancellation);
        await _pair.OnLoopAsync(() => Task.FromResult(0));
        Assert.False(waiting.IsCompleted);
        await _pair.Peer.SendAsync("a"u8.ToArray(), Cancellation);
        Assert.Equal(1, await waiting);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Closing_EndsTheWait(bool isOnLoop)
    {
        var (waiting, _) = await BeginAsync(new byte[8], Cancellation);
        if (isOnLoop) await _pair.OnLoopAsync(() => Closed());
        else await Closed();

        await Assert.ThrowsAsync<IOException>(() => waiting);

        async Task<int> Closed()
        {
            await _stream.DisposeAsync();
            return 0;
        }
    }

    [Fact]
    public async Task PeersEnd_EndsTheWait()
    {
        var (waiting, _) = await BeginAsync(Memory<byte>.Empty, Cancellation);
        _pair.Peer.Shutdown(SocketShutdown.Send);

        Assert.Equal(0, await waiting);
        Assert.Equal(0, await ReadAsync());
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
            var buffer = new byte[16];
            while (bytes.Count < Rounds)
            {
                using var source = new CancellationTokenSource();
                var cancelling = Task.Run(source.Cancel, Cancellation);
                try
                {
                    if (bytes.Count % 3 is 0) Assert.Equal(0, await _stream.ReadAsync(Memory<byte>.Empty, source.Token));
                    var read = await _stream.ReadAsync(buffer, source.Token);
                    bytes.AddRange(buffer.AsSpan(0, read));
                }
                catch (OperationCanceledException)
                {
                    // Whatever has come is the next read's.
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
        const int Bytes = 1000;
        await _pair.Peer.SendAsync(new byte[Bytes], Cancellation);
        var turn = await _pair.OnLoopAsync(async () =>
        {
            var (count, turn) = (0, Bytes);
            _pair.Loop.Post(() => turn = count);
            var buffer = new byte[1];
            while (count < Bytes) count += await _stream.ReadAsync(buffer, Cancellation);
            return turn;
        });

        Assert.InRange(turn, 1, Bytes / 10);
    }

    private Task<int> ReadAsync() => _pair.OnLoopAsync(() => _stream.ReadAsync(new byte[8], Cancellation).AsTask());

    /// <summary>Begins a read on the loop, and comes back while it waits.</summary>
    private async Task<(Task<int> Waiting, Memory<byte> Buffer)> BeginAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var begun = await _pair.OnLoopAsync(() => Task.FromResult(_stream.ReadAsync(buffer, cancellationToken).AsTask()));
        return (begun, buffer);
    }
}
