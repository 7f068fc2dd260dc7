using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Errors;

namespace Mesh.LocalCluster.Node;

/// <summary>
/// A program in a container and who called it, over a WebSocket of the protocol v5.channel.k8s.io: each message begins with its channel's number
/// (KEP-4006).
/// </summary>
internal sealed class ExecSession(WebSocket socket, Process process) : IDisposable
{
    private const string Protocol = "v5.channel.k8s.io";
    private const byte StandardInput = 0;
    private const byte StandardOutput = 1;
    private const byte StandardError = 2;
    private const byte Outcome = 3;
    private const byte Close = 255;

    private readonly SemaphoreSlim _sending = new(1);

    public static async Task ServeAsync(HttpContext http, ContainerProcess container)
    {
        if (!http.WebSockets.WebSocketRequestedProtocols.Contains(Protocol)) throw ApiException.BadRequest($"expected a WebSocket of {Protocol}");
        using var socket = await http.WebSockets.AcceptWebSocketAsync(Protocol);
        using var process = container.Execute(http.Request.Query["command"].OfType<string>());
        try
        {
            using var session = new ExecSession(socket, process);
            await session.RunAsync(http.Request.Query["stdin"] == "true", http.RequestAborted);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    public void Dispose() => _sending.Dispose();

    private async Task RunAsync(bool hasInput, CancellationToken aborted)
    {
        if (!hasInput) process.StandardInput.Close();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        // Read in any case: that's how a caller who has gone is noticed.
        var reading = ReadAsync(over);
        await Task.WhenAll(
            SendAllAsync(StandardOutput, process.StandardOutput.BaseStream, over.Token),
            SendAllAsync(StandardError, process.StandardError.BaseStream, over.Token));
        await process.WaitForExitAsync(over.Token);
        await SendAsync(Outcome, System.Text.Encoding.UTF8.GetBytes(Status(process.ExitCode).ToJsonString()), over.Token);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, over.Token);
        await reading;
    }

    private async Task ReadAsync(CancellationTokenSource over)
    {
        var buffer = new byte[32 * 1024];
        byte? channel = null;
        try
        {
            while (true)
            {
                var result = await socket.ReceiveAsync(buffer, over.Token);
                if (result.MessageType is WebSocketMessageType.Close) return;
                var bytes = buffer.AsMemory(0, result.Count);
                if (channel is null && result.Count > 0) (channel, bytes) = (bytes.Span[0], bytes[1..]);
                if (channel is StandardInput) await process.StandardInput.BaseStream.WriteAsync(bytes, over.Token);
                if (channel is StandardInput) await process.StandardInput.BaseStream.FlushAsync(over.Token);
                if (channel is Close && bytes.Length > 0 && bytes.Span[0] == StandardInput) process.StandardInput.Close();
                if (result.EndOfMessage) channel = null;
            }
        }
        catch (Exception failure) when (failure is WebSocketException or OperationCanceledException)
        {
            await over.CancelAsync();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The program reads no more.
        }
    }

    private async Task SendAllAsync(byte channel, Stream output, CancellationToken over)
    {
        var buffer = new byte[32 * 1024];
        while (await output.ReadAsync(buffer, over) is > 0 and var length) await SendAsync(channel, buffer.AsMemory(0, length), over);
    }

    private async Task SendAsync(byte channel, ReadOnlyMemory<byte> bytes, CancellationToken over)
    {
        await _sending.WaitAsync(over);
        try
        {
            await socket.SendAsync((byte[])[channel, .. bytes.Span], WebSocketMessageType.Binary, endOfMessage: true, over);
        }
        finally
        {
            _sending.Release();
        }
    }

    private static JsonObject Status(int exitCode) => exitCode == 0
        ? new() { ["metadata"] = new JsonObject(), ["status"] = "Success" }
        : new()
        {
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["reason"] = "NonZeroExitCode",
            ["message"] = $"command terminated with non-zero exit code: exit status {exitCode}",
            ["details"] = new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ExitCode", ["message"] = exitCode.ToString(CultureInfo.InvariantCulture) }) },
        };
}
