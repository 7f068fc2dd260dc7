using System.Net;
using System.Net.Sockets;

namespace Mesh.Proxy.Tests.Conformance;

/// <summary>Accepts HTTP/2 connections, one by one, for a test that plays their server frame by frame.</summary>
internal sealed class RawHttp2Server : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public RawHttp2Server() => _listener.Start();

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The next connection, whose preface has been read and whose SETTINGS have been sent.</summary>
    /// <param name="settings">The payload of those. Default: none.</param>
    public async Task<RawHttp2> AcceptAsync(byte[]? settings = null)
    {
        var client = await _listener.AcceptTcpClientAsync(Cancellation);
        client.NoDelay = true;
        await client.GetStream().ReadExactlyAsync(new byte["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".Length], Cancellation);
        var connection = new RawHttp2(client.GetStream());
        await connection.SendAsync(RawHttp2.Settings, 0, 0, settings ?? []);
        return connection;
    }

    public void Dispose() => _listener.Dispose();
}
