using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests.Conformance;

/// <summary>Answers a request for <c>/hostile</c> by whatever bytes it is told, and every other one well.</summary>
internal sealed class HostileApplication : IAsyncDisposable
{
    private static readonly byte[] Good = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"u8.ToArray();

    private readonly RawServer _server;

    public HostileApplication() => _server = new(ServeAsync);

    public IPEndPoint Address => _server.Address;

    /// <summary>What to answer by.</summary>
    public byte[] Answer { get; set; } = [];

    /// <summary>Whether the connection ends after that.</summary>
    public bool Closes { get; set; }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(TcpClient client, CancellationToken stopping)
    {
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        var isHostile = false;
        while (await reader.ReadLineAsync(stopping) is { } line)
        {
            isHostile |= line.Contains(" /hostile ", StringComparison.Ordinal);
            if (line.Length > 0) continue;
            await client.GetStream().WriteAsync(isHostile ? Answer : Good, stopping);
            if (isHostile && Closes) return;
            isHostile = false;
        }
    }
}
