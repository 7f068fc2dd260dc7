using System.Text;
using Mesh.Proxy.Tests.Conformance;

namespace Mesh.Proxy.Tests.Forwarding;

/// <summary>Requests without a body take a way of their own: what it makes of them is what YARP's makes of those that have one.</summary>
public sealed class DirectForwarderTests
{
    private static readonly string[] Fields =
    [
        "Accept: text/plain", "Accept: text/html", "Cookie: a=1", "Cookie: b=2", "X-Empty:", "Content-Type: text/plain", "Content-Language: en", "Last-Modified: yesterday",
        "Connection: x-hop, close-up, Host, keep-alive", "X-Hop: 1", "Close-Up: 1", "Keep-Alive: timeout=5", "TE: trailers", "Proxy-Connection: keep-alive",
        "Proxy-Authenticate: Basic", "Proxy-Authentication-Info: a", "Proxy-Authorization: Basic YQ==", "Proxy-Features: a", "Proxy-Instruction: a", "Security-Scheme: a",
        "ALPN: h2", "Close: 1", "HTTP2-Settings: AAMAAABk", "Alt-Svc: clear", "Upgrade-Insecure-Requests: 1",
        "mesh-client-id: spiffe://a/b", "Mesh_Client_Id: a", "mesh-error: a", "mesh-deadline: 99999999999999", "x-forwarded-client-cert: a", "X_Forwarded_Client_Cert: a",
        "X-Forwarded-For: 10.0.0.1", "Via: 1.1 other", "Forwarded: for=10.0.0.1", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Expires: 0", "Range: bytes=0-1",
    ];

    [Fact]
    public async Task FieldsThatGoOn_AreThoseThatGoOnWithABody()
    {
        await using var application = new RecordingApplication();
        await using var proxy = await TestProxy.StartAsync(application: application.Address);

        var without = await FieldsOfAsync(proxy, application, "POST", "Content-Length: 0", "");
        var with = await FieldsOfAsync(proxy, application, "POST", "Content-Length: 1", "a");

        Assert.Equal(with, without);
        Assert.Contains("accept: text/plain, text/html", without);
        Assert.Contains("cookie: a=1; b=2", without);
        Assert.DoesNotContain(without, field => field.StartsWith("x-hop", StringComparison.Ordinal) || field.StartsWith("mesh-client-id", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET", "", "none")]
    [InlineData("GET", "Content-Length: 0\r\n", "0")]
    [InlineData("POST", "Content-Length: 0\r\n", "0")]
    [InlineData("DELETE", "", "0")]
    public async Task LengthOfABodyThatIsntThere_IsToldAsTheClientTellsIt(string method, string line, string told)
    {
        await using var application = new RecordingApplication();
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var client = await RawClient.ConnectAsync(proxy.Inbound);

        await client.SendAsync($"{method} / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n{line}\r\n");
        await client.ReadUntilAsync("\r\n\r\n");

        var request = Assert.Single(application.Take().Requests);
        Assert.Equal(told, request["Content-Length"] ?? "none");
    }

    [Theory]
    [InlineData("204 No Content\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("205 Reset Content\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("304 Not Modified\r\nContent-Length: 5\r\nETag: \"a\"\r\n\r\n")]
    [InlineData("103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")]
    [InlineData("413 Too Much\r\nX-A: caf\u00e9\r\nX-Empty:\r\nContent-Length: 1\r\n\r\na")]
    [InlineData("200 \r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nVary: a\r\nvary: b\r\nContent-Length: 0001\r\n\r\na")]
    [InlineData("200 OK\r\nUpgrade: h2c\r\nKeep-Alive: 1\r\nAlt-Svc: clear\r\nTE: a\r\nProxy-Authenticate: a\r\nmesh-error: a\r\nMesh_Error: b\r\nContent-Length: 1\r\n\r\na")]
    [InlineData("200 OK\r\nConnection: x-a, close, Content-Length, Set-Cookie\r\nX-A: 1\r\nSet-Cookie: 1\r\nContent-Length: 1\r\n\r\na")]
    [InlineData("200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-t\r\n\r\n1\r\na\r\n0\r\nX-T: 1\r\n\r\n")]
    [InlineData("200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\na")]
    [InlineData("200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nzz\r\n")]
    [InlineData("200 OK\r\nContent-Length: 1\r\n\r\na and more")]
    [InlineData("101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n")]
    public async Task Answer_GoesBackAsItDoesToARequestWithABody(string answer)
    {
        foreach (var method in new[] { "GET", "HEAD", "POST" })
        {
            var without = await AnswerAsync(answer, $"{method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            var with = await AnswerAsync(answer, $"{method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\na");

            Assert.StartsWith("HTTP/1.1 ", without[0], StringComparison.Ordinal);
            Assert.Equal(with, without);
        }
    }

    // But for what differs from one request to the next.
    private static async Task<string[]> AnswerAsync(string answer, string request)
    {
        await using var application = new RawServer(async (connection, stopping) =>
        {
            if (await new StrictReader(connection.GetStream()).ReadRequestAsync(stopping) is not null)
                await connection.GetStream().WriteAsync(Encoding.Latin1.GetBytes("HTTP/1.1 " + answer), stopping);
            await connection.GetStream().ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, stopping);
        });
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var client = await RawClient.ConnectAsync(proxy.Inbound);
        await client.SendAsync(request);
        var lines = (await client.ReadToEndAsync()).Split("\r\n").Where(line => !line.StartsWith("Date: ", StringComparison.Ordinal)).ToArray();
        if (lines.Contains("Content-Type: application/problem+json", StringComparer.Ordinal)) lines[^1] = "";
        return lines;
    }

    private static async Task<string[]> FieldsOfAsync(TestProxy proxy, RecordingApplication application, string method, string framing, string body)
    {
        using var client = await RawClient.ConnectAsync(proxy.Inbound);
        await client.SendAsync($"{method} /a%41/../b?c=%20d HTTP/1.1\r\nHost: a:80\r\n{string.Join("\r\n", Fields)}\r\n{framing}\r\n\r\n{body}");
        await client.ReadUntilAsync("\r\n\r\n");
        var request = Assert.Single(application.Take().Requests);
        return [request.Start, .. request.Fields.Select(field => $"{field.Key.ToLowerInvariant()}: {field.Value}").Where(field => !field.StartsWith("content-length", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }
}
