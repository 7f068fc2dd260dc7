using System.Net.Sockets;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>A server that speaks first: as much of SMTP (RFC 5321) as a client needs to hand in a mail, which is answered with its length.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    private readonly Socket _socket;

    private MailServer(Socket socket) => _socket = socket;

    public static async Task<MailServer> StartAsync(Pod pod, int port)
    {
        var server = new MailServer(await pod.BindAsync(port));
        server._socket.Listen();
        _ = server.AcceptAsync();
        return pod.Own(server);
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _socket.AcceptAsync());
        }
        catch (SocketException)
        {
            // Disposed.
        }
    }

    private static async Task ServeAsync(Socket connection)
    {
        try
        {
            await using var stream = new NetworkStream(connection, ownsSocket: true);
            using var reader = new StreamReader(stream);
            await using var writer = new StreamWriter(stream) { NewLine = "\r\n", AutoFlush = true };
            await writer.WriteLineAsync("220 mail.shop ESMTP");
            while (await reader.ReadLineAsync() is { } line)
            {
                var answer = line.Split(' ')[0].ToUpperInvariant() switch
                {
                    "EHLO" or "HELO" => "250 mail.shop",
                    "DATA" => "354 go ahead",
                    "QUIT" => "221 bye",
                    "MAIL" or "RCPT" => "250 ok",
                    _ => "502 not known",
                };
                await writer.WriteLineAsync(answer);
                if (answer[..3] is "221") return;
                if (answer[..3] is "354") await writer.WriteLineAsync($"250 {await ReadMailAsync(reader)} characters taken");
            }
        }
        catch (IOException)
        {
            // The client is gone.
        }
    }

    private static async Task<int> ReadMailAsync(StreamReader reader)
    {
        var length = 0;
        while (await reader.ReadLineAsync() is { } line and not ".") length += line.Length;
        return length;
    }
}
