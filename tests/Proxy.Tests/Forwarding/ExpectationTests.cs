using System.Net;
using System.Text;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Forwarding;

/// <summary><c>Expect: 100-continue</c>, byte for byte: RFC 9110 section 10.1.1. Once as the server's sidecar has it, once as the client's.</summary>
public sealed class ExpectationTests
{
    private const string Head = "POST /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    private const string LargeHead = "POST /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1025\r\n\r\n";
    private const string Date = "Date: Mon, 23 Nov 2026 00:00:00 GMT\r\n";
    private const string Done = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n" + Date + "\r\ndone";

    private static readonly string[] Finals =
    [
        "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n" + Date + "\r\n",
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 9\r\n" + Date + "WWW-Authenticate: Basic\r\n\r\nwho, you?",
        "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n" + Date + "\r\n",
    ];

    public static TheoryData<bool, string> FinalAnswers => [.. Finals.SelectMany(answer => new[] { (true, answer), (false, answer) })];

    [Theory]
    [MemberData(nameof(FinalAnswers))]
    public async Task FinalAnswer_ComesWithoutTheBody(bool inbound, string answer)
    {
        await using var application = new Application(_ => answer);
        await using var proxy = await StartAsync(application, inbound);
        using var client = await RawClient.ConnectAsync(inbound ? proxy.Inbound : proxy.CatalogPort);
        await client.SendAsync(LargeHead);
        var received = await client.ReadUntilAsync(answer[^4..]);

        Assert.Equal(answer, received);
        Assert.Contains("Expect: 100-continue\r\n", application.Received, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", application.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Continue_ComesWhenTheApplicationSaysSo_ThenTheAnswer(bool inbound)
    {
        await using var application = new Application(received => received.EndsWith("hello", StringComparison.Ordinal) ? Done : received.EndsWith("\r\n\r\n", StringComparison.Ordinal) ? "HTTP/1.1 100 Continue\r\n\r\n" : "");
        await using var proxy = await StartAsync(application, inbound);
        using var client = await RawClient.ConnectAsync(inbound ? proxy.Inbound : proxy.CatalogPort);
        await client.SendAsync(Head);
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await client.ReadUntilAsync("\r\n\r\n"));
        await client.SendAsync("hello");

        Assert.Equal(Done, await client.ReadUntilAsync("done"));
    }

    // What is small is sent all the same, to keep the connection.
    [Theory]
    [MemberData(nameof(FinalAnswers))]
    public async Task FinalAnswer_ComesAfterASmallBody(bool inbound, string answer)
    {
        await using var application = new Application(received => received.EndsWith("\r\n\r\n", StringComparison.Ordinal) ? answer : "");
        await using var proxy = await StartAsync(application, inbound);
        using var client = await RawClient.ConnectAsync(inbound ? proxy.Inbound : proxy.CatalogPort);
        await client.SendAsync(Head);
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await client.ReadUntilAsync("\r\n\r\n"));
        await client.SendAsync("hello");

        Assert.Equal(answer, await client.ReadUntilAsync(answer[^4..]));
        await Condition.HoldsAsync(() => application.Received.EndsWith("\r\n\r\nhello", StringComparison.Ordinal));
    }

    // Clients ask for the body themselves after a while (RFC 9110 section 10.1.1), and so does the proxy.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ApplicationThatKnowsNoExpectations_GetsTheBodyAfterAWhile(bool inbound)
    {
        await using var application = new Application(received => received.EndsWith("hello", StringComparison.Ordinal) ? Done : "");
        await using var proxy = await StartAsync(application, inbound);
        using var client = await RawClient.ConnectAsync(inbound ? proxy.Inbound : proxy.CatalogPort);
        await client.SendAsync(Head);
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await client.ReadUntilAsync("\r\n\r\n"));
        await client.SendAsync("hello");

        Assert.Equal(Done, await client.ReadUntilAsync("done"));
    }

    // A client needn't wait.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BodyThatComesAtOnce_Passes(bool inbound)
    {
        await using var application = new Application(received => received.EndsWith("hello", StringComparison.Ordinal) ? Done : received.EndsWith("\r\n\r\n", StringComparison.Ordinal) ? "HTTP/1.1 100 Continue\r\n\r\n" : "");
        await using var proxy = await StartAsync(application, inbound);
        using var client = await RawClient.ConnectAsync(inbound ? proxy.Inbound : proxy.CatalogPort);
        await client.SendAsync(Head + "hello");

        Assert.EndsWith(Done, await client.ReadUntilAsync("done"), StringComparison.Ordinal);
    }

    // What follows a refusal may be the body or the next request: nobody can tell, so nothing of it is read.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RequestAfterARefusal_IsNotTakenForTheBody(bool inbound)
    {
        await using var application = new Application(_ => "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n" + Date + "\r\n");
        await using var proxy = await StartAsync(application, inbound);
        using var client = await RawClient.ConnectAsync(inbound ? proxy.Inbound : proxy.CatalogPort);
        await client.SendAsync(LargeHead);
        await client.ReadUntilAsync("\r\n\r\n");
        await client.SendAsync("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
        var rest = await client.ReadToEndAsync();

        Assert.Equal("", rest);
        Assert.DoesNotContain("/next", application.Received, StringComparison.Ordinal);
    }

    private static async Task<TestProxy> StartAsync(Application application, bool inbound)
    {
        var destination = new SocketDestination(Policies.Default(), 1, application.Address.ToString());
        return await TestProxy.StartAsync(_ => destination.Live.Current, inbound ? application.Address : null);
    }

    /// <summary>Answers by what has come so far; nothing where that is empty.</summary>
    private sealed class Application : IAsyncDisposable
    {
        private readonly StringBuilder _received = new();
        private readonly RawServer _server;

        public Application(Func<string, string> answer) => _server = new(async (client, stopping) =>
        {
            var buffer = new byte[4096];
            while (await client.GetStream().ReadAsync(buffer, stopping) is > 0 and var read)
            {
                lock (_received) _received.Append(Encoding.Latin1.GetString(buffer, 0, read));
                await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(answer(Received)), stopping);
            }
        });

        public IPEndPoint Address => _server.Address;

        public string Received
        {
            get
            {
                lock (_received) return _received.ToString();
            }
        }

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}
