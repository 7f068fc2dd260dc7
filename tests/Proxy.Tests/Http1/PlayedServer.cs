using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Tests.Http1;

/// <summary>A server whose answers are bytes, with a client before it. An answer that ends in <see cref="Close"/> closes the connection.</summary>
internal sealed class PlayedServer : IAsyncDisposable
{
    public const string Close = "<close>";

    private readonly RawServer _server;
    private readonly Http1Handler _handler;
    private readonly List<string> _requests = [];
    private int _connections, _ended;

    /// <param name="answer">By the number of the connection and of the request on it, from 1; null: nothing is answered.</param>
    /// <param name="time">The client's clock.</param>
    /// <param name="between">What the client has between itself and the socket. Default: nothing.</param>
    public PlayedServer(Func<int, int, string?> answer, TimeProvider? time = null, Func<Stream, Stream>? between = null)
    {
        _server = new((client, stopping) => ServeAsync(client, answer, stopping));
        _handler = new(async stop =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(_server.Address, stop);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return between?.Invoke(stream) ?? stream;
        }, TimeSpan.FromSeconds(50), time ?? TimeProvider.System);
        Client = new(_handler);
    }

    public HttpMessageInvoker Client { get; }

    public IPEndPoint Address => _server.Address;

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Connections that have ended, whoever ended them.</summary>
    public int Ended => Volatile.Read(ref _ended);

    /// <summary>Heads, as they came.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests) return [.. _requests];
        }
    }

    /// <summary>Sends, and reads the answer to its end.</summary>
    public async Task<string> SendAsync(HttpMethod? method = null, HttpContent? content = null)
    {
        using var request = NewRequest(method, content);
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}";
    }

    public static HttpRequestMessage NewRequest(HttpMethod? method = null, HttpContent? content = null) => new(method ?? HttpMethod.Get, "http://server/path") { Content = content };

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
    }

    private async Task ServeAsync(TcpClient client, Func<int, int, string?> answer, CancellationToken stopping)
    {
        var connection = Interlocked.Increment(ref _connections);
        try
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
            for (var number = 1; await ReadHeadAsync(reader, stopping) is { } head; number++)
            {
                lock (_requests) _requests.Add(head);
                if (answer(connection, number) is not { } text) continue;
                await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text.Replace(Close, "", StringComparison.Ordinal)), stopping);
                if (text.EndsWith(Close, StringComparison.Ordinal)) return;
            }
        }
        finally
        {
            Interlocked.Increment(ref _ended);
        }
    }

    private static async Task<string?> ReadHeadAsync(StreamReader reader, CancellationToken stopping)
    {
        var head = new StringBuilder();
        while (await reader.ReadLineAsync(stopping) is { } line)
        {
            head.Append(line).Append("\r\n");
            // Bodies are sent as lines without an empty one.
            if (line.Length is 0) return head.ToString();
        }
        return null;
    }
}
