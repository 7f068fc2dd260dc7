using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests;

/// <summary>Answers every request without a body by the same bytes, where it matters what exactly comes over the wire.</summary>
internal sealed class RawApplication : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly byte[] _response;
    private readonly Task _accepting;

    public RawApplication(string response)
    {
        _response = Encoding.Latin1.GetBytes(response);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

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
            while (await reader.ReadLineAsync(_stopping.Token) is { } line)
            {
                if (line.Length is 0) await client.GetStream().WriteAsync(_response, _stopping.Token);
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            // The test is over, or the proxy has had enough.
        }
    }
}
