using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests.Conformance;

/// <summary>Keeps what reaches it, as a strict reader understands it, and answers each whole request with its summary.</summary>
internal sealed class RecordingApplication : IAsyncDisposable
{
    private readonly ConcurrentQueue<StrictMessage> _requests = new();
    private readonly ConcurrentQueue<string> _malformed = new();
    private readonly RawServer _server;

    public RecordingApplication() => _server = new(ServeAsync);

    public IPEndPoint Address => _server.Address;

    /// <summary>What has come since the last call; the next starts anew.</summary>
    public (IReadOnlyList<StrictMessage> Requests, IReadOnlyList<string> Malformed) Take()
    {
        var taken = (_requests.ToArray(), _malformed.ToArray());
        _requests.Clear();
        _malformed.Clear();
        return taken;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(TcpClient client, CancellationToken stopping)
    {
        var reader = new StrictReader(client.GetStream());
        try
        {
            while (await reader.ReadRequestAsync(stopping) is { } request)
            {
                _requests.Enqueue(request);
                var body = request.Start is "HEAD" ? "" : request.Summary;
                var answer = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");
                await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(answer), stopping);
            }
        }
        catch (FormatException malformed)
        {
            _malformed.Enqueue(malformed.Message);
        }
    }
}
