using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests.Forwarding;

/// <summary>Answers a number of HTTP/1.1 requests on each connection, then reads one more and breaks the connection without an answer.</summary>
internal sealed class BreakingBackend : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private readonly int _answersPerConnection;
    private int _requests;

    public BreakingBackend(int answersPerConnection)
    {
        _answersPerConnection = answersPerConnection;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    public int Requests => Volatile.Read(ref _requests);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
            for (var answered = 0; ; answered++)
            {
                if (!await ReadRequestAsync(reader)) return;
                Interlocked.Increment(ref _requests);
                if (answered == _answersPerConnection) return;
                await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), _stopping.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
        }
    }

    private async Task<bool> ReadRequestAsync(StreamReader reader)
    {
        var length = 0;
        for (var first = true; ; first = false)
        {
            if (await reader.ReadLineAsync(_stopping.Token) is not { } line) return false;
            if (line.Length == 0 && !first) break;
            if (line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase)) length = int.Parse(line["Content-Length: ".Length..], null);
        }
        return length == 0 || await reader.ReadBlockAsync(new char[length], _stopping.Token) == length;
    }
}
