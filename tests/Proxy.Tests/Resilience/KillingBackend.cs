using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests.Resilience;

/// <summary>
/// Serves HTTP/1.1 and kills every connection at a point drawn beforehand: on accepting it, somewhere in a request, between a
/// request and its answer, somewhere in an answer, or while it is idle. Counts how often it has had each request whole.
/// </summary>
internal sealed class KillingBackend : IAsyncDisposable
{
    private static readonly byte[] Answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"u8.ToArray();

    private readonly Random _random;
    private readonly ConcurrentDictionary<string, int> _delivered;
    private readonly RawServer _server;
    private int _killed;

    /// <param name="seed">Draws the points.</param>
    /// <param name="delivered">Counts requests by their x-id.</param>
    public KillingBackend(int seed, ConcurrentDictionary<string, int> delivered)
    {
        (_random, _delivered) = (new(seed), delivered);
        _server = new(ServeAsync);
    }

    public string Address => _server.Address.ToString();

    public int Killed => Volatile.Read(ref _killed);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task ServeAsync(TcpClient client, CancellationToken stopping) =>
        // Of what comes in, or of what goes out; some connections live for several requests.
        ServeAsync(
            client, incoming: _random.Next(2) == 0 ? _random.Next(1200) : int.MaxValue, outgoing: _random.Next(3 * Answer.Length),
            resets: _random.Next(2) == 0, stopping);

    private async Task ServeAsync(TcpClient client, int incoming, int outgoing, bool resets, CancellationToken stopping)
    {
        if (resets) client.LingerState = new(enable: true, seconds: 0);
        var received = new StringBuilder();
        var buffer = new byte[4096];
        while (incoming > 0 && outgoing > 0)
        {
            var read = await client.GetStream().ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, incoming)), stopping);
            if (read == 0) return;
            incoming -= read;
            received.Append(Encoding.Latin1.GetString(buffer, 0, read));
            while (outgoing > 0 && TakeRequest(received))
            {
                var written = Math.Min(outgoing, Answer.Length);
                await client.GetStream().WriteAsync(Answer.AsMemory(0, written), stopping);
                outgoing -= written;
            }
        }
        Interlocked.Increment(ref _killed);
    }

    private bool TakeRequest(StringBuilder received)
    {
        var text = received.ToString();
        var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (head < 0) return false;
        var end = EndOfBody(text, head + 4);
        if (end < 0) return false;
        _delivered.AddOrUpdate(Field(text[..head], "x-id")!, 1, (_, before) => before + 1);
        received.Remove(0, end);
        return true;
    }

    private static int EndOfBody(string text, int start)
    {
        var head = text[..start];
        if (Field(head, "Transfer-Encoding") is not null)
        {
            var last = text.IndexOf("0\r\n\r\n", start, StringComparison.Ordinal);
            return last < 0 ? -1 : last + 5;
        }
        var end = start + int.Parse(Field(head, "Content-Length") ?? "0", CultureInfo.InvariantCulture);
        return text.Length < end ? -1 : end;
    }

    private static string? Field(string head, string name) =>
        head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}
