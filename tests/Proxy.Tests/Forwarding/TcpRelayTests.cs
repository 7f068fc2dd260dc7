using System.Net.Sockets;
using System.Security.Cryptography;
using Mesh.Api.Discovery;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Forwarding;

public class TcpRelayTests
{
    [Fact]
    public async Task Bytes_ComeAsTheyWereSent_BothWaysAtOnce()
    {
        await using var mesh = await TcpMesh.StartAsync();
        var (client, server) = await mesh.OpenAsync();
        using var _ = client;
        using var __ = server;
        var up = RandomNumberGenerator.GetBytes(5_000_000);
        var down = RandomNumberGenerator.GetBytes(7_000_000);

        var received = server.ReceiveExactlyAsync(up.Length);
        var answered = client.ReceiveExactlyAsync(down.Length);
        await Task.WhenAll(client.SendAllAsync(up), server.SendAllAsync(down));

        Assert.Equal(up, await received);
        Assert.Equal(down, await answered);
        Assert.Equal((up.Length, down.Length), (mesh.Metrics.SentBytes, mesh.Metrics.ReceivedBytes));
    }

    [Fact]
    public async Task Client_ThatHasSentAll_StillReceives()
    {
        await using var mesh = await TcpMesh.StartAsync();
        var (client, server) = await mesh.OpenAsync();
        using var _ = client;
        await client.SendAllAsync("question"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal("question"u8.ToArray(), await server.ReceiveToEndAsync());
        await server.SendAllAsync("answer"u8.ToArray());
        server.Dispose();
        Assert.Equal("answer"u8.ToArray(), await client.ReceiveToEndAsync());
        Assert.Equal("tcp Closed", await mesh.Metrics.EndAsync());
    }

    [Fact]
    public async Task Server_ThatHasSentAll_StillReceives()
    {
        await using var mesh = await TcpMesh.StartAsync();
        var (client, server) = await mesh.OpenAsync();
        using var _ = server;
        await server.SendAllAsync("bye"u8.ToArray());
        server.Shutdown(SocketShutdown.Send);

        Assert.Equal("bye"u8.ToArray(), await client.ReceiveToEndAsync());
        await client.SendAllAsync("one more"u8.ToArray());
        client.Dispose();
        Assert.Equal("one more"u8.ToArray(), await server.ReceiveToEndAsync());
        Assert.Equal("tcp Closed", await mesh.Metrics.EndAsync());
    }

    [Fact]
    public async Task Reset_ByTheClient_IsAResetForTheServer()
    {
        await using var mesh = await TcpMesh.StartAsync();
        var (client, server) = await mesh.OpenAsync();
        using var _ = server;
        client.Reset();

        Assert.Equal(SocketError.ConnectionReset, await server.ReceiveErrorAsync());
        Assert.Equal("tcp ClientReset", await mesh.Metrics.EndAsync());
    }

    [Fact]
    public async Task Reset_ByTheServer_IsAResetForTheClient()
    {
        await using var mesh = await TcpMesh.StartAsync();
        var (client, server) = await mesh.OpenAsync();
        using var _ = client;
        server.Reset();

        Assert.Equal(SocketError.ConnectionReset, await client.ReceiveErrorAsync());
        Assert.Equal("tcp UpstreamReset", await mesh.Metrics.EndAsync());
    }

    [Fact]
    public async Task Reset_AfterTheClientHasSentAll_IsStillNoticed()
    {
        await using var mesh = await TcpMesh.StartAsync();
        var (client, server) = await mesh.OpenAsync();
        using var _ = server;
        client.Shutdown(SocketShutdown.Send);
        Assert.Empty(await server.ReceiveToEndAsync());
        client.Reset();

        Assert.StartsWith("tcp ", await mesh.Metrics.EndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LastWords_OfAServerThatStopsReading_ReachTheClient()
    {
        await using var mesh = await TcpMesh.StartAsync();
        var (client, server) = await mesh.OpenAsync();
        using var _ = client;
        await client.SendAllAsync(new byte[100]);
        await server.ReceiveExactlyAsync(100);
        await server.SendAllAsync("413 too large"u8.ToArray());
        // What it has not read makes its close a reset.
        await client.SendAllAsync(new byte[100]);
        await Condition.HoldsAsync(() => server.Available > 0);
        Assert.Equal("413 too large"u8.ToArray(), await client.ReceiveExactlyAsync(13));
        server.Dispose();

        Assert.Equal(SocketError.ConnectionReset, await client.ReceiveErrorAsync());
    }

    [Fact]
    public async Task Sender_IsHeldUp_WhileTheReceiverDoesNotRead()
    {
        await using var mesh = await TcpMesh.StartAsync();
        var (client, server) = await mesh.OpenAsync();
        using var _ = client;
        using var __ = server;
        const int Length = 64 * 1024 * 1024;
        var sending = server.SendAllAsync(new byte[Length]);
        await Condition.HoldsAsync(() => mesh.Metrics.ReceivedBytes > 0);

        // Four kernel buffers lie between the two, of a few megabytes at most each, and nothing else.
        Assert.False(sending.IsCompleted);
        Assert.InRange(mesh.Metrics.ReceivedBytes, 1, Length / 2);
        Assert.Equal(Length, (await client.ReceiveExactlyAsync(Length)).Length);
        await sending;
    }

    [Fact]
    public async Task Silence_EndsTheConnection_OnceTheIdleTimeoutHasPassed()
    {
        await using var mesh = await TcpMesh.StartAsync(idleTimeout: TimeSpan.FromMinutes(5));
        var (client, server) = await mesh.OpenAsync();
        using var _ = client;
        using var __ = server;
        await client.SendAllAsync("x"u8.ToArray());
        await server.ReceiveExactlyAsync(1);
        for (var i = 0; i < 3; i++) mesh.Clock.Advance(TimeSpan.FromMinutes(2.5));

        Assert.Equal("tcp Idle", await mesh.Metrics.EndAsync());
        Assert.Equal(SocketError.ConnectionReset, await client.ReceiveErrorAsync());
        Assert.Equal(SocketError.ConnectionReset, await server.ReceiveErrorAsync());
    }

    [Fact]
    public async Task Refusal_OfTheServer_IsAResetForTheClient()
    {
        await using var mesh = await TcpMesh.StartAsync();
        mesh.StopServer();

        Assert.Equal(SocketError.ConnectionReset, await mesh.ConnectInVainAsync());
        Assert.Equal($"tcp {nameof(MeshErrorCode.ConnectFailed)}", await mesh.Metrics.EndAsync());
    }

    [Fact]
    public async Task Connections_BeyondTheLimit_AreReset_AndCounted()
    {
        await using var mesh = await TcpMesh.StartAsync(maxConnections: 1);
        var (first, server) = await mesh.OpenAsync();
        Assert.Equal(SocketError.ConnectionReset, await mesh.ConnectInVainAsync());
        Assert.Equal(1, mesh.Port.RefusedConnections(Mesh.Proxy.Listening.ConnectionRefusal.TooMany));

        first.Dispose();
        server.Dispose();
        await mesh.Metrics.EndAsync();
        await Condition.HoldsAsync(() => mesh.Port.OpenConnections is 0);
        var (again, _) = await mesh.OpenAsync();
        again.Dispose();
    }

    [Fact]
    public async Task Stop_LetsConnectionsEnd_AndResetsThemWhenTheTimeIsUp()
    {
        await using var mesh = await TcpMesh.StartAsync();
        var (client, server) = await mesh.OpenAsync();
        using var _ = client;
        using var __ = server;
        using var timeIsUp = new CancellationTokenSource();
        var stopping = mesh.StopAsync(timeIsUp.Token);
        await client.SendAllAsync("still here"u8.ToArray());
        await server.ReceiveExactlyAsync(10);
        Assert.False(stopping.IsCompleted);
        await timeIsUp.CancelAsync();
        await stopping;

        Assert.Equal("tcp Stopped", await mesh.Metrics.EndAsync());
        Assert.Equal(SocketError.ConnectionReset, await client.ReceiveErrorAsync());
    }

    [Fact]
    public async Task Stop_EndsWhatHasEndedOnOneSideOnly()
    {
        await using var mesh = await TcpMesh.StartAsync();
        var (client, server) = await mesh.OpenAsync();
        using var _ = client;
        using var __ = server;
        client.Shutdown(SocketShutdown.Send);
        await server.ReceiveToEndAsync();
        using var timeIsUp = new CancellationTokenSource(TimeSpan.Zero);
        await mesh.StopAsync(timeIsUp.Token);

        Assert.Equal("tcp Stopped", await mesh.Metrics.EndAsync());
    }

    [Fact]
    public async Task SilentClient_IsRelayed_WhenTheTimeIsUp_AndTheNextIsNotWaitedFor_WhereTheServerGreeted()
    {
        await using var mesh = await TcpMesh.StartAsync(AppProtocol.Detect);
        using var first = await mesh.ConnectAsync();
        var accepting = mesh.AcceptAsync().AsTask();
        await Condition.HoldsAsync(() => mesh.AdvanceUntil(accepting));
        using var server = await accepting;
        await server.SendAllAsync("220 hello\r\n"u8.ToArray());
        await first.ReceiveExactlyAsync(11);
        Assert.Equal(1, mesh.Metrics.DetectionTimeouts);

        var (second, _) = await mesh.OpenAsync();
        second.Dispose();
        Assert.Equal(1, mesh.Metrics.DetectionTimeouts);
    }

    [Fact]
    public async Task SilentClient_ThatIsMerelySlow_TeachesNothing()
    {
        await using var mesh = await TcpMesh.StartAsync(AppProtocol.Detect);
        for (var expected = 1; expected <= 2; expected++)
        {
            using var client = await mesh.ConnectAsync();
            var accepting = mesh.AcceptAsync().AsTask();
            await Condition.HoldsAsync(() => mesh.AdvanceUntil(accepting));
            using var server = await accepting;
            await client.SendAllAsync("late"u8.ToArray());
            await server.ReceiveExactlyAsync(4);
            Assert.Equal(expected, mesh.Metrics.DetectionTimeouts);
        }
    }

    [Fact]
    public async Task Http_IsServedAsHttp_ThoughItComesByteByByte()
    {
        await using var mesh = await TcpMesh.StartAsync(AppProtocol.Detect);
        using var client = await RawClient.ConnectAsync(mesh.Port.Bound!);
        foreach (var piece in "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") await client.SendAsync(piece.ToString());

        Assert.Contains("http", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(0, mesh.Metrics.OpenedConnections);
    }

    [Fact]
    public async Task OtherProtocols_AreRelayedFromTheirFirstByte()
    {
        await using var mesh = await TcpMesh.StartAsync(AppProtocol.Detect);
        using var client = await mesh.ConnectAsync();
        await client.SendAllAsync("*1\r\n$4\r\nPING\r\n"u8.ToArray());
        using var server = await mesh.AcceptAsync();

        Assert.Equal("*1\r\n$4\r\nPING\r\n"u8.ToArray(), await server.ReceiveExactlyAsync(14));
        Assert.Equal(0, mesh.Metrics.DetectionTimeouts);
    }
}
