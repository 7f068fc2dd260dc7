using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.Channels;
using Mesh.Proxy.Sockets;
using Mesh.Proxy.Tests.Sockets;

namespace Mesh.Proxy.Tests.Channels;

/// <summary>Channels at the wire: the peer is a socket whose bytes the test writes and reads.</summary>
public sealed class ChannelTests : IAsyncLifetime
{
    private readonly List<Channel> _opened = [];
    private bool _refuses;
    private LoopPair _pair = null!;
    private ChannelConnection _connection = null!;
    private Task _running = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _pair = await LoopPair.OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await _pair.DisposeAsync();
        await _running;
    }

    [Fact]
    public async Task WhatIsSentInOneRound_GoesOutInOnePiece()
    {
        var transport = new NarrowTransport(_pair.Socket);
        await BeginAsync(opens: true, transport);
        await OnLoopAsync(() =>
        {
            foreach (var text in (string[])["one", "two", "three"]) Assert.Equal(text.Length, _connection.Open().Send(Encoding.ASCII.GetBytes(text)));
        });

        var buffer = new byte[1024];
        var received = await _pair.Peer.ReceiveAsync(buffer, Cancellation);
        Assert.Equal([.. Data(1, "one"), .. Data(2, "two"), .. Data(3, "three")], buffer[..received]);
        Assert.Equal(1, transport.Sent);
    }

    // Numbers come in turn at the peer, whoever sends first, and whoever never does.
    [Fact]
    public async Task ChannelIsOpenedByItsFirstData()
    {
        await BeginAsync(opens: true);
        var (first, second, third) = (await OpenAsync(), await OpenAsync(), await OpenAsync());
        await OnLoopAsync(() =>
        {
            second.Dispose();
            Assert.Equal(1, third.Send("c"u8.ToArray()));
            Assert.Equal(1, first.Send("a"u8.ToArray()));
            first.Dispose();
        });

        byte[] sent = [.. Data(1, "c"), .. Data(2, "a"), .. Head(FrameKind.Close, 2, 0)];
        Assert.Equal(sent, await ReceiveAsync(sent.Length));
    }

    [Fact]
    public async Task FramesCutAtEachByte_ArriveWhole()
    {
        await BeginAsync();
        byte[] sent = [.. Data(1, "first"), .. Data(2, "second"), .. Data(1, "third"), .. Head(FrameKind.Close, 2, 0)];
        foreach (var each in sent) await _pair.Peer.SendAsync(new[] { each }, Cancellation);

        Assert.Equal("firstthird", await ReadAsync(await OpenedAsync(1), "firstthird".Length));
        Assert.Equal("second", await ReadAsync(await OpenedAsync(2), "second".Length));
    }

    [Fact]
    public async Task WhoWaits_IsGivenWhatComes()
    {
        await BeginAsync(opens: true);
        var channel = await BegunAsync();
        var reading = ReadAsync(channel, 5);
        await _pair.Peer.SendAsync(Data(1, "hello"), Cancellation);

        Assert.Equal("hello", await reading);
    }

    [Fact]
    public async Task PeerThatCloses_IsReadToItsEnd()
    {
        await BeginAsync();
        await _pair.Peer.SendAsync((byte[])[.. Data(1, "bye"), .. Head(FrameKind.Close, 1, 0)], Cancellation);
        var channel = await OpenedAsync(1);

        Assert.Equal("bye", await ReadAsync(channel, 3));
        Assert.Equal("", await ReadAsync(channel, 1));
        await OnLoopAsync(() => Assert.True(channel.Send("late"u8.ToArray()) < 0));
    }

    [Fact]
    public async Task PeerThatCloses_IsToldOf_OnceAllIsRead()
    {
        await BeginAsync();
        await _pair.Peer.SendAsync(Data(1, "x"), Cancellation);
        var channel = await OpenedAsync(1);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await OnLoopAsync(() => channel.PeerClosed = told.SetResult);
        await _pair.Peer.SendAsync(Head(FrameKind.Close, 1, 0), Cancellation);

        await told.Task.WaitAsync(Cancellation);
        await OnLoopAsync(() => Assert.False(channel.IsAtEnd));
        await ReadAsync(channel, 1);
        await OnLoopAsync(() => Assert.True(channel.IsAtEnd));
    }

    [Fact]
    public async Task ClosedHere_ThePeerIsTold_AndWhatItStillSendsIsNothing()
    {
        await BeginAsync();
        await _pair.Peer.SendAsync((byte[])[.. Data(1, "a"), .. Data(2, "b")], Cancellation);
        var (first, second) = (await OpenedAsync(1), await OpenedAsync(2));
        await OnLoopAsync(first.Dispose);

        Assert.Equal(Head(FrameKind.Close, 1, 0), await ReceiveAsync(Frame.HeadLength));
        await _pair.Peer.SendAsync((byte[])[.. Data(1, "late"), .. Head(FrameKind.Window, 1, 1), .. Head(FrameKind.Close, 1, 0), .. Data(2, "c")], Cancellation);
        Assert.Equal("bc", await ReadAsync(second, 2));
    }

    [Fact]
    public async Task WindowThatIsUsedUp_IsWaitedFor()
    {
        await BeginAsync(opens: true);
        var channel = await OpenAsync();
        var writing = await OnLoopAsync(() => new LoopStream(channel).WriteAsync(new byte[Channel.Window + 1], Cancellation).AsTask());
        await ReceiveDataAsync(Channel.Window);
        Assert.False(writing.IsCompleted);

        await _pair.Peer.SendAsync(Head(FrameKind.Window, 1, 1), Cancellation);
        await ReceiveDataAsync(1);
        await writing;
    }

    [Fact]
    public async Task WhatIsRead_MayBeSentAgain()
    {
        await BeginAsync();
        await SendWindowAsync();
        var channel = await OpenedAsync(1);
        await ReadAsync(channel, Channel.Window / 2);

        Assert.Equal(Head(FrameKind.Window, 1, Channel.Window / 2), await ReceiveAsync(Frame.HeadLength));
    }

    [Fact]
    public async Task SlowReader_HoldsUpNoOther()
    {
        await BeginAsync();
        await SendWindowAsync();
        await _pair.Peer.SendAsync(Data(2, "here"), Cancellation);

        Assert.Equal("here", await ReadAsync(await OpenedAsync(2), 4));
    }

    [Fact]
    public async Task PeerThatReadsNothing_HasAllWait_AndEachGoesOn()
    {
        await BeginAsync(opens: true);
        const int channels = 200, length = Channel.Window;
        var writing = await OnLoopAsync(() => Task.WhenAll(Enumerable.Range(0, channels).Select(_ => new LoopStream(_connection.Open()).WriteAsync(new byte[length], Cancellation).AsTask()).ToArray()));

        await ReceiveDataAsync(channels * length);
        await writing;
    }

    [Fact]
    public async Task PeerThatReadsLittleAtATime_IsNotTakenForOneThatReadsNothing()
    {
        await BeginAsync(opens: true, new NarrowTransport(_pair.Socket));
        const int channels = 60, length = Channel.Window;
        var writing = await OnLoopAsync(() => Task.WhenAll(Enumerable.Range(0, channels).Select(_ => new LoopStream(_connection.Open()).WriteAsync(new byte[length], Cancellation).AsTask()).ToArray()));

        var left = channels * (length + length / Frame.LongestData * Frame.HeadLength);
        var buffer = new byte[8 * 1024];
        while (left > 0)
        {
            var received = await _pair.Peer.ReceiveAsync(buffer, Cancellation);
            Assert.NotEqual(0, received);
            left -= received;
        }
        await writing;
        Assert.False(_running.IsCompleted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ConnectionThatBreaksWhileManyWaitForRoom_IsAFailureOfEach(bool isPeers)
    {
        await BeginAsync(opens: true);
        var writing = await OnLoopAsync(() => Enumerable.Range(0, 200).Select(_ => new LoopStream(_connection.Open()).WriteAsync(new byte[Channel.Window], Cancellation).AsTask()).ToArray());
        if (isPeers) _pair.Peer.Close(0);
        else await OnLoopAsync(_pair.Socket.Reset);

        await _running.WaitAsync(Cancellation);
        await Assert.ThrowsAsync<IOException>(() => Task.WhenAll(writing));
        Assert.True(writing[^1].IsFaulted);
    }

    [Fact]
    public async Task ChannelThatIsClosedWhileItWaitsForRoom_HoldsUpNoOther()
    {
        await BeginAsync(opens: true);
        const int channels = 200;
        var opened = new List<Channel>();
        var writing = await OnLoopAsync(() => Enumerable.Range(0, channels).Select(i =>
        {
            opened.Add(_connection.Open());
            return new LoopStream(opened[i]).WriteAsync(new byte[Channel.Window], Cancellation).AsTask();
        }).ToArray());
        await OnLoopAsync(() => opened.Where((_, i) => i % 2 is 1).ToList().ForEach(channel => channel.Dispose()));
        // Of those that were closed, too, as much as had been sent.
        var whole = new Dictionary<uint, int>();
        while (whole.Count(each => each.Value is Channel.Window) < channels / 2)
        {
            var frame = Frame.Read(await ReceiveAsync(Frame.HeadLength));
            Assert.InRange(frame.Channel, 1u, (uint)whole.Count + 1);
            if (frame.Kind is FrameKind.Close) Assert.True(whole.Remove(frame.Channel, out var begun) && whole.TryAdd(frame.Channel, -begun));
            else whole[frame.Channel] = whole.GetValueOrDefault(frame.Channel) + frame.Value;
            if (frame.Kind is FrameKind.Data) await ReceiveAsync(frame.Value);
        }
        await Task.WhenAll(writing.Where((_, i) => i % 2 is 0));
    }

    [Fact]
    public async Task ConnectionWithoutChannels_EndsAtTheSecondLook()
    {
        await BeginAsync();
        await OnLoopAsync(_connection.EndIfUnused);
        Assert.False(_running.IsCompleted);
        await _pair.Peer.SendAsync(Data(1, "x"), Cancellation);
        var channel = await OpenedAsync(1);
        for (var i = 0; i < 3; i++) await OnLoopAsync(_connection.EndIfUnused);
        Assert.False(_running.IsCompleted);
        await OnLoopAsync(channel.Dispose);
        for (var i = 0; i < 2; i++) await OnLoopAsync(_connection.EndIfUnused);

        await _running.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task PeerThatReadsNothingAndHasMuchAnswered_IsLeft()
    {
        _refuses = true;
        await BeginAsync();
        var sending = Task.Run(async () =>
        {
            const int atATime = 1000;
            for (var number = 1; ; number += atATime) await _pair.Peer.SendAsync(Enumerable.Range(number, atATime).SelectMany(each => Data((uint)each, "x")).ToArray(), Cancellation);
        }, Cancellation);

        await Assert.ThrowsAsync<SocketException>(() => sending);
        await _running.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task RefusedChannel_ThePeerIsTold()
    {
        _refuses = true;
        await BeginAsync();
        await _pair.Peer.SendAsync(Data(1, "x"), Cancellation);

        Assert.Equal(Head(FrameKind.Refuse, 1, 0), await ReceiveAsync(Frame.HeadLength));
        Assert.False(_running.IsCompleted);
    }

    [Fact]
    public async Task PeerThatRefusesOne_IsAskedForNoMore_AndServesTheOthers()
    {
        await BeginAsync(opens: true);
        var (first, second) = (await BegunAsync(), await BegunAsync());
        var reading = ReadAsync(first, 1);
        await _pair.Peer.SendAsync((byte[])[.. Head(FrameKind.Refuse, 1, 0), .. Data(2, "y")], Cancellation);

        var failure = await Assert.ThrowsAsync<IOException>(() => reading);
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
        await OnLoopAsync(() => Assert.False(_connection.CanOpen));
        Assert.Equal("y", await ReadAsync(second, 1));
    }

    public static TheoryData<string, byte[]> Nonsense => new()
    {
        { "unknown kind", [.. Data(1, "x"), .. Head((FrameKind)4, 1, 0)] },
        { "refusal by who opens", [.. Data(1, "x"), .. Head(FrameKind.Refuse, 1, 0)] },
        { "refusal of what was never opened", Head(FrameKind.Refuse, 1, 0) },
        { "channel out of turn", Data(2, "x") },
        { "channel zero", Data(0, "x") },
        { "no data", Head(FrameKind.Data, 1, 0) },
        { "longer than a frame", Head(FrameKind.Data, 1, Frame.LongestData + 1) },
        { "close of what was never opened", Head(FrameKind.Close, 1, 0) },
        { "window of what was never opened", Head(FrameKind.Window, 1, 1) },
        { "window of nothing", [.. Data(1, "x"), .. Head(FrameKind.Window, 1, 0)] },
        { "window too large", [.. Data(1, "x"), .. Head(FrameKind.Window, 1, 1)] },
        { "more than the window", [.. WholeWindow(1), .. Data(1, "x")] },
        { "too many", [.. Enumerable.Range(1, ChannelConnection.MostChannels + 1).SelectMany(number => Data((uint)number, "x"))] },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task Nonsense_EndsTheConnection(string what, byte[] bytes)
    {
        Assert.NotEmpty(what);
        await BeginAsync();
        await _pair.Peer.SendAsync(bytes, Cancellation);

        await _running.WaitAsync(Cancellation);
        Assert.All(_opened, channel => Assert.True(channel.IsPeerClosed));
    }

    [Fact]
    public async Task PeerThatOpensWhereItMayNot_IsLeft()
    {
        await BeginAsync(opens: true);
        await _pair.Peer.SendAsync(Data(1, "x"), Cancellation);

        await _running.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task ConnectionThatBreaks_IsAFailureOfEachChannel()
    {
        await BeginAsync(opens: true);
        var channels = new[] { await BegunAsync(), await OpenAsync() };
        var reading = channels.Select(channel => ReadAsync(channel, 1)).ToArray();
        _pair.Peer.Close(0);

        foreach (var each in reading) await Assert.ThrowsAsync<IOException>(() => each);
        await _running.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task ConnectionClosedByOthers_IsAFailureOfEachChannel()
    {
        await BeginAsync(opens: true);
        var reading = ReadAsync(await OpenAsync(), 1);
        await OnLoopAsync(_pair.Socket.Reset);

        await Assert.ThrowsAsync<IOException>(() => reading);
        await _running.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task WhoOpens_EndsWithTheLast()
    {
        await BeginAsync(opens: true);
        var (first, second) = (await BegunAsync(), await OpenAsync());
        await OnLoopAsync(first.Dispose);
        await OnLoopAsync(() => Assert.False(_connection.IsClosed));
        await OnLoopAsync(second.Dispose);

        await _running.WaitAsync(Cancellation);
        await OnLoopAsync(() => Assert.False(_connection.CanOpen));
    }

    [Fact]
    public async Task Retired_OpensNoMore_AndLetsThoseThatAreGoOn()
    {
        await BeginAsync(opens: true);
        var channel = await BegunAsync();
        await OnLoopAsync(_connection.Retire);
        await OnLoopAsync(() => Assert.False(_connection.CanOpen));
        await _pair.Peer.SendAsync(Data(1, "still"), Cancellation);

        Assert.Equal("still", await ReadAsync(channel, 5));
        await OnLoopAsync(channel.Dispose);
        await _running.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task ThoseThatThePeerOpensAndClosesFasterThanTheyAreSeenTo_AreRefused()
    {
        await BeginAsync();
        const int many = 4 * ChannelConnection.MostChannels;
        for (uint number = 1; number <= many; number++) await _pair.Peer.SendAsync((byte[])[.. Data(number, "x"), .. Head(FrameKind.Close, number, 0)], Cancellation);
        await _pair.Peer.SendAsync(Data(many + 1, "x"), Cancellation);

        var buffer = new byte[Frame.HeadLength];
        do await ReceiveAsync(buffer);
        while (Frame.Read(buffer).Channel is not many + 1);
        await OnLoopAsync(() => Assert.Equal(2 * ChannelConnection.MostChannels, _opened.Count));
    }

    // What is played is the same for a seed; how it meets on the wire is not.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task TwoEnds_UnderstandEachOther_WhateverIsOpenedSentAndLeft(int seed)
    {
        var (client, server) = await _pair.OnLoopAsync(async () =>
        {
            using var listener = ListeningSocket.Bind(new(IPAddress.Loopback, 0));
            using var queue = listener.AcceptOn(_pair.Loop);
            var connected = await TcpSocket.ConnectAsync(_pair.Loop, listener.EndPoint, Cancellation);
            TcpSocket? accepted;
            while ((accepted = queue.TryAccept(out _)) is null) await queue.ReadyAsync();
            return (connected, accepted);
        });
        await BeginAsync(opens: true, new NarrowTransport(client));
        var serving = await OnLoopAsync(() => new ChannelConnection(server, channel =>
        {
            _ = EchoAsync(channel);
            return true;
        }).RunAsync());
        var kept = await OpenAsync();
        await OnLoopAsync(() => kept.Send("k"u8.ToArray()));

        for (var wave = 0; wave < 3; wave++) await Task.WhenAll(Enumerable.Range(0, 200).Select(i => PlayAsync(new(1000 * seed + i))));

        Assert.Equal("k", await ReadAsync(kept, 1));
        await OnLoopAsync(kept.Dispose);
        await _running.WaitAsync(Cancellation);
        await serving.WaitAsync(Cancellation);
    }

    private async Task PlayAsync(Random random)
    {
        await _pair.Loop.SwitchAsync();
        var channel = _connection.Open();
        await using var stream = new LoopStream(channel);
        // Left before anything was sent; after a part; after all has come back.
        var (leaves, length) = (random.Next(4), random.Next(1, 2 * Channel.Window));
        if (leaves is 0) return;
        var sent = new byte[length];
        random.NextBytes(sent);
        using var giving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var sending = stream.WriteAsync(sent, giving.Token).AsTask();
        var received = new byte[leaves is 1 ? random.Next(length) : length];
        await stream.ReadExactlyAsync(received, Cancellation);
        Assert.True(received.AsSpan().SequenceEqual(sent.AsSpan(0, received.Length)));
        if (leaves is 1)
        {
            await giving.CancelAsync();
            await Task.WhenAny(sending);
        }
        else
        {
            await sending;
        }
    }

    private static async Task EchoAsync(Channel channel)
    {
        await using var stream = new LoopStream(channel);
        var buffer = new byte[10_000];
        try
        {
            while (await stream.ReadAsync(buffer, CancellationToken.None) is > 0 and var read) await stream.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None);
        }
        catch (IOException)
        {
            // The client has left.
        }
    }

    private static byte[] Head(FrameKind kind, uint channel, int value)
    {
        var head = new byte[Frame.HeadLength];
        new Frame(kind, channel, value).Write(head);
        return head;
    }

    private static byte[] Data(uint channel, string text) => [.. Head(FrameKind.Data, channel, text.Length), .. Encoding.ASCII.GetBytes(text)];

    private static byte[] WholeWindow(uint channel) =>
        [.. Enumerable.Range(0, Channel.Window / Frame.LongestData).SelectMany(_ => (byte[])[.. Head(FrameKind.Data, channel, Frame.LongestData), .. new byte[Frame.LongestData]])];

    private async Task SendWindowAsync()
    {
        var bytes = WholeWindow(1);
        for (var sent = 0; sent < bytes.Length;) sent += await _pair.Peer.SendAsync(bytes.AsMemory(sent), Cancellation);
    }

    private Task<int> BeginAsync(bool opens = false, LoopTransport? transport = null) => OnLoopAsync(() =>
    {
        _connection = new(transport ?? _pair.Socket, opens ? null : Opened);
        _running = _connection.RunAsync();
    });

    private bool Opened(Channel channel)
    {
        if (_refuses) return false;
        _opened.Add(channel);
        return true;
    }

    private Task<Channel> OpenAsync() => OnLoopAsync(_connection.Open);

    /// <summary>One that the peer knows of.</summary>
    private async Task<Channel> BegunAsync()
    {
        var channel = await OpenAsync();
        await OnLoopAsync(() => channel.Send("x"u8.ToArray()));
        await ReceiveDataAsync(1);
        return channel;
    }

    private async Task<Channel> OpenedAsync(int number)
    {
        while (true)
        {
            if (await OnLoopAsync(() => _opened.Count >= number ? _opened[number - 1] : null) is { } channel) return channel;
            await Task.Yield();
        }
    }

    /// <returns>Less at the channel's end.</returns>
    private static async Task<string> ReadAsync(Channel channel, int length)
    {
        var buffer = new byte[length];
        var stream = new LoopStream(channel) { LeavesLoop = true };
        return Encoding.ASCII.GetString(buffer, 0, await stream.ReadAtLeastAsync(buffer, length, throwOnEndOfStream: false, Cancellation));
    }

    private async Task<byte[]> ReceiveAsync(int length)
    {
        var buffer = new byte[length];
        await ReceiveAsync(buffer);
        return buffer;
    }

    private async Task ReceiveAsync(byte[] buffer)
    {
        for (var received = 0; received < buffer.Length;)
        {
            var more = await _pair.Peer.ReceiveAsync(buffer.AsMemory(received), Cancellation);
            Assert.NotEqual(0, more);
            received += more;
        }
    }

    /// <summary>Receives frames until so much data has come.</summary>
    private async Task ReceiveDataAsync(long length)
    {
        for (long come = 0; come < length;)
        {
            var frame = Frame.Read(await ReceiveAsync(Frame.HeadLength));
            Assert.Equal(FrameKind.Data, frame.Kind);
            await ReceiveAsync(frame.Value);
            come += frame.Value;
        }
    }

    private Task<int> OnLoopAsync(Action run) => OnLoopAsync(() =>
    {
        run();
        return 0;
    });

    private Task<T> OnLoopAsync<T>(Func<T> run) => _pair.OnLoopAsync(() => Task.FromResult(run()));

    /// <summary>A socket that takes a part of what it is given, and more a while later.</summary>
    private sealed class NarrowTransport(TcpSocket socket) : LoopTransport
    {
        private const int PartLength = 20 * 1024;

        private bool _isFull;

        /// <summary>How many times it was given something.</summary>
        public int Sent { get; private set; }

        public override EventLoop Loop => socket.Loop;

        public override IPEndPoint LocalEndPoint => socket.LocalEndPoint;

        public override IPEndPoint RemoteEndPoint => socket.RemoteEndPoint;

        public override Readiness Readable => socket.Readable;

        public override Readiness Writable => socket.Writable;

        public override bool IsClosed => socket.IsClosed;

        public override bool IsPeerClosed => socket.IsPeerClosed;

        public override Action? PeerClosed { get => socket.PeerClosed; set => socket.PeerClosed = value; }

        public override bool IsAtEnd => socket.IsAtEnd;

        public override bool IsDrained => socket.IsDrained;

        public override int Receive(Memory<byte> buffer) => socket.Receive(buffer);

        public override int Look(bool isNews) => socket.Look(isNews);

        public override int Send(ReadOnlyMemory<byte> buffer)
        {
            Sent++;
            _isFull = !_isFull;
            if (_isFull) return socket.Send(buffer[..Math.Min(buffer.Length, PartLength)]);
            Loop.Post(Writable.Set);
            return Errno.WouldBlock;
        }

        public override int Finish() => socket.Finish();

        public override void Dispose() => socket.Dispose();
    }
}
