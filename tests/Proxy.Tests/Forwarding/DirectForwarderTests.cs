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

    private static async Task<string[]> FieldsOfAsync(TestProxy proxy, RecordingApplication application, string method, string framing, string body)
    {
        using var client = await RawClient.ConnectAsync(proxy.Inbound);
        await client.SendAsync($"{method} /a%41/../b?c=%20d HTTP/1.1\r\nHost: a:80\r\n{string.Join("\r\n", Fields)}\r\n{framing}\r\n\r\n{body}");
        await client.ReadUntilAsync("\r\n\r\n");
        var request = Assert.Single(application.Take().Requests);
        return [request.Start, .. request.Fields.Select(field => $"{field.Key.ToLowerInvariant()}: {field.Value}").Where(field => !field.StartsWith("content-length", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }
}
