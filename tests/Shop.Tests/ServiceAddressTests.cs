using System.Net;
using System.Net.Sockets;
using System.Text;
using Shop.Demo.Shops;

namespace Mesh.Shop.Tests;

public sealed class ServiceAddressTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connection_GoesToAReplica_BothWays()
    {
        using var replica = new TcpListener(IPAddress.Loopback, 0);
        replica.Start();
        await using var service = new ServiceAddress(new(IPAddress.Loopback, 0), [(IPEndPoint)replica.LocalEndpoint]);
        using var client = new TcpClient();
        await client.ConnectAsync(service.Address, Cancelled);
        using var accepted = await replica.AcceptTcpClientAsync(Cancelled);

        await client.GetStream().WriteAsync("ping"u8.ToArray(), Cancelled);
        Assert.Equal("ping", await ReadAsync(accepted, 4));
        await accepted.GetStream().WriteAsync("pong"u8.ToArray(), Cancelled);
        Assert.Equal("pong", await ReadAsync(client, 4));
    }

    [Fact]
    public async Task Connection_ToAReplicaThatIsGone_IsReset()
    {
        using var gone = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        gone.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // and doesn't listen
        await using var service = new ServiceAddress(new(IPAddress.Loopback, 0), [(IPEndPoint)gone.LocalEndPoint!]);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        var failure = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            await client.ConnectAsync(service.Address, Cancelled); // the reset may come this early
            await client.ReceiveAsync(new byte[1], Cancelled);
        });

        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
    }

    [Fact]
    public async Task Connection_EndsWithItsReplica()
    {
        using var replica = new TcpListener(IPAddress.Loopback, 0);
        replica.Start();
        await using var service = new ServiceAddress(new(IPAddress.Loopback, 0), [(IPEndPoint)replica.LocalEndpoint]);
        using var client = new TcpClient();
        await client.ConnectAsync(service.Address, Cancelled);

        using (var accepted = await replica.AcceptTcpClientAsync(Cancelled)) accepted.LingerState = new(true, 0);

        await Assert.ThrowsAnyAsync<IOException>(() => ReadAsync(client, 1));
    }

    private static async Task<string> ReadAsync(TcpClient client, int count)
    {
        var bytes = new byte[count];
        await client.GetStream().ReadExactlyAsync(bytes, Cancelled);
        return Encoding.ASCII.GetString(bytes);
    }
}
