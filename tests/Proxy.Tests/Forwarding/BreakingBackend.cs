using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests.Forwarding;

/// <summary>Answers a number of HTTP/1.1 requests on each connection, then reads one more and breaks the connection without an answer.</summary>
internal sealed class BreakingBackend : IAsyncDisposable
{
    private readonly RawServer _server;
    private readonly int _answersPerConnection;
    private int _requests;

    public BreakingBackend(int answersPerConnection)
    {
        _answersPerConnection = answersPerConnection;
        _server = new(ServeAsync);
    }

    public string Address => _server.Address.ToString();

    public int Requests => Volatile.Read(ref _requests);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(TcpClient client, CancellationToken stopping)
    {
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        for (var answered = 0; ; answered++)
        {
            if (!await ReadRequestAsync(reader, stopping)) return;
            Interlocked.Increment(ref _requests);
            if (answered == _answersPerConnection) return;
            await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stopping);
        }
    }

    private static async Task<bool> ReadRequestAsync(StreamReader reader, CancellationToken stopping)
    {
        var length = 0;
        for (var first = true; ; first = false)
        {
            if (await reader.ReadLineAsync(stopping) is not { } line) return false;
            if (line.Length == 0 && !first) break;
            if (line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase)) length = int.Parse(line["Content-Length: ".Length..], null);
        }
        return length == 0 || await reader.ReadBlockAsync(new char[length], stopping) == length;
    }
}
