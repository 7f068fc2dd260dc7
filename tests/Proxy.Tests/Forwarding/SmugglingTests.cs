using System.Collections.Concurrent;

namespace Mesh.Proxy.Tests.Forwarding;

/// <summary>Requests that two readers may end at different bytes: none brings a second one past the first.</summary>
public class SmugglingTests
{
    private const string Hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello")]
    [InlineData("Content-Length: 5, 6\r\n\r\nhello")]
    [InlineData("Content-Length: -1\r\n\r\n")]
    [InlineData("Content-Length : 5\r\n\r\nhello")]
    [InlineData("X: 1\r\n Content-Length: 5\r\n\r\nhello")]
    [InlineData("X: 1\r\n\tfolded\r\n\r\n")]
    [InlineData("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Host: b\r\n\r\n")]
    [InlineData("X\0: 1\r\n\r\n")]
    [InlineData("X: a\rb\r\n\r\n")]
    public async Task AmbiguousHead_IsRefused(string rest)
    {
        var (answer, seen) = await SendAsync("POST / HTTP/1.1\r\nHost: a\r\n" + rest + Hidden);

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Empty(seen);
    }

    // RFC 9112 section 6.3: what is read as chunked is sent on as chunked and nothing else, and the connection ends.
    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5")]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked")]
    public async Task TwoLengths_AreReadAsChunked_AndEndTheConnection(string lengths)
    {
        var (answer, seen) = await SendAsync($"POST / HTTP/1.1\r\nHost: a\r\n{lengths}\r\n\r\n0\r\n\r\n{Hidden}");

        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(["/ chunked "], seen);
    }

    [Theory]
    [InlineData("5;\nx\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;a=b\nhello\r\n0\r\n\r\n")]
    [InlineData("5\nhello\r\n0\r\n\r\n")]
    [InlineData("0x5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("100000000000000005\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhelloX0\r\n\r\n")]
    public async Task AmbiguousChunk_EndsTheConnection(string body)
    {
        var (_, seen) = await SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body + Hidden);

        Assert.DoesNotContain(seen, request => request.StartsWith("/hidden", StringComparison.Ordinal));
    }

    // The connection ends in each case, since no refused request is followed by another.
    private static async Task<(string Answer, IReadOnlyCollection<string> Seen)> SendAsync(string request)
    {
        var seen = new ConcurrentQueue<string>();
        await using var application = await TestApplication.StartAsync(async context =>
        {
            seen.Enqueue($"{context.Request.Path} {context.Request.Headers.TransferEncoding} {context.Request.Headers.ContentLength}");
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        });
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var client = await RawClient.ConnectAsync(proxy.Inbound);
        await client.SendAsync(request);
        return (await client.ReadToEndAsync(), seen);
    }
}
