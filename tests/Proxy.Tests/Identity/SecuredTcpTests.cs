using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Mesh.Api.Discovery;
using Mesh.Proxy.Tests.Forwarding;

namespace Mesh.Proxy.Tests.Identity;

/// <summary>What isn't HTTP, between two sidecars.</summary>
public sealed class SecuredTcpTests : IAsyncLifetime
{
    private readonly TcpListener _application = new(System.Net.IPAddress.Loopback, 0);
    private SecuredMesh? _mesh;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _application.Start();
        _mesh = await SecuredMesh.StartAsync((System.Net.IPEndPoint)_application.LocalEndpoint, protocol: AppProtocol.Opaque);
    }

    public async ValueTask DisposeAsync()
    {
        await _mesh!.DisposeAsync();
        _application.Dispose();
    }

    [Fact]
    public async Task Bytes_ComeAsTheyWereSent_BothWaysAtOnce()
    {
        var (client, server) = await OpenAsync();
        using var _ = client;
        using var __ = server;
        var up = RandomNumberGenerator.GetBytes(5_000_000);
        var down = RandomNumberGenerator.GetBytes(7_000_000);

        var received = server.ReceiveExactlyAsync(up.Length);
        var answered = client.ReceiveExactlyAsync(down.Length);
        await Task.WhenAll(client.SendAllAsync(up), server.SendAllAsync(down));
        Assert.Equal(up, await received);
        Assert.Equal(down, await answered);
    }

    [Fact]
    public async Task Client_ThatHasSentAll_StillReceives()
    {
        var (client, server) = await OpenAsync();
        using var _ = client;
        await client.SendAllAsync("question"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal("question"u8.ToArray(), await server.ReceiveToEndAsync());
        await server.SendAllAsync("answer"u8.ToArray());
        server.Dispose();
        Assert.Equal("answer"u8.ToArray(), await client.ReceiveToEndAsync());
    }

    [Fact]
    public async Task Server_ThatHasSentAll_StillReceives()
    {
        var (client, server) = await OpenAsync();
        using var _ = server;
        await server.SendAllAsync("bye"u8.ToArray());
        server.Shutdown(SocketShutdown.Send);

        Assert.Equal("bye"u8.ToArray(), await client.ReceiveToEndAsync());
        await client.SendAllAsync("one more"u8.ToArray());
        client.Dispose();
        Assert.Equal("one more"u8.ToArray(), await server.ReceiveToEndAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reset_IsAResetForTheOtherSide(bool byClient)
    {
        var (client, server) = await OpenAsync();
        using var _ = client;
        using var __ = server;
        (byClient ? client : server).Reset();
        Assert.Equal(SocketError.ConnectionReset, await (byClient ? server : client).ReceiveErrorAsync());
    }

    [Fact]
    public async Task Http_InsideOfWhatIsSaidToBeTcp_IsHeldToWhatHoldsForHttp()
    {
        using var client = await ConnectAsync();
        await client.SendAllAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: catalog\r\nmesh-client-id: nobody\r\n\r\n"));
        using var server = await _application.AcceptSocketAsync(Cancellation);
        var head = "";
        while (!head.Contains("\r\n\r\n", StringComparison.Ordinal)) head += Encoding.ASCII.GetString(await server.ReceiveExactlyAsync(1));
        Assert.Contains("mesh-client-id: spiffe://cluster.local/ns/shop/sa/frontend", head, StringComparison.Ordinal);
        Assert.DoesNotContain("nobody", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongIdentity_IsNeverSentAnything()
    {
        await using var mesh = await SecuredMesh.StartAsync((System.Net.IPEndPoint)_application.LocalEndpoint, identity: "shop/payments", protocol: AppProtocol.Opaque);
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        // The reset may be here before it is known that there is a connection.
        var early = await Record.ExceptionAsync(async () => await client.ConnectAsync(mesh.Port, Cancellation)) as SocketException;
        Assert.Equal(SocketError.ConnectionReset, early?.SocketErrorCode ?? await client.ReceiveErrorAsync());
        // A client proves itself before it looks at the server: that may come as far as a connection, and nothing on it.
        while (_application.Pending())
        {
            using var server = await _application.AcceptSocketAsync(Cancellation);
            Assert.Empty(await server.ReceiveToEndAsync());
        }
    }

    private async Task<(Socket Client, Socket Server)> OpenAsync()
    {
        var client = await ConnectAsync();
        return (client, await _application.AcceptSocketAsync(Cancellation));
    }

    private async Task<Socket> ConnectAsync()
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(_mesh!.Port, Cancellation);
        return client;
    }
}
