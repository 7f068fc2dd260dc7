using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests.Conformance;

/// <summary>Answers a request for <c>/hostile</c> by whatever bytes it is told, and every other one well.</summary>
internal sealed class HostileApplication : IAsyncDisposable
{
    private static readonly byte[] Good = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"u8.ToArray();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;

    public HostileApplication()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>What to answer by.</summary>
    public byte[] Answer { get; set; } = [];

    /// <summary>Whether the connection ends after that.</summary>
    public bool Closes { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        try
        {
            var isHostile = false;
            while (await reader.ReadLineAsync(_stopping.Token) is { } line)
            {
                isHostile |= line.Contains(" /hostile ", StringComparison.Ordinal);
                if (line.Length > 0) continue;
                await client.GetStream().WriteAsync(isHostile ? Answer : Good, _stopping.Token);
                if (isHostile && Closes) return;
                isHostile = false;
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            // The test is over, or the proxy has had enough.
        }
    }
}
