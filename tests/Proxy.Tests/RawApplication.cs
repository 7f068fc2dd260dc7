using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests;

/// <summary>Answers every request without a body by the same bytes, where it matters what exactly comes over the wire.</summary>
internal sealed class RawApplication : IAsyncDisposable
{
    private readonly byte[] _response;
    private readonly RawServer _server;

    public RawApplication(string response)
    {
        _response = Encoding.Latin1.GetBytes(response);
        _server = new(ServeAsync);
    }

    public IPEndPoint Address => _server.Address;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(TcpClient client, CancellationToken stopping)
    {
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        while (await reader.ReadLineAsync(stopping) is { } line)
        {
            if (line.Length is 0) await client.GetStream().WriteAsync(_response, stopping);
        }
    }
}
