using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests.Conformance;

/// <summary>Keeps what reaches it, as a strict reader understands it, and answers each whole request with its summary.</summary>
internal sealed class RecordingApplication : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<StrictMessage> _requests = new();
    private readonly ConcurrentQueue<string> _malformed = new();
    private readonly Task _accepting;

    public RecordingApplication()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>What has come since the last call; the next starts anew.</summary>
    public (IReadOnlyList<StrictMessage> Requests, IReadOnlyList<string> Malformed) Take()
    {
        var taken = (_requests.ToArray(), _malformed.ToArray());
        _requests.Clear();
        _malformed.Clear();
        return taken;
    }

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
        var reader = new StrictReader(client.GetStream());
        try
        {
            while (await reader.ReadRequestAsync(_stopping.Token) is { } request)
            {
                _requests.Enqueue(request);
                var body = request.Start is "HEAD" ? "" : request.Summary;
                var answer = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");
                await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(answer), _stopping.Token);
            }
        }
        catch (FormatException malformed)
        {
            _malformed.Enqueue(malformed.Message);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            // The test is over, or the proxy broke a request off: what came of it is no message.
        }
    }
}
