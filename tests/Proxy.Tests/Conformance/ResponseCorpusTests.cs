using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests.Conformance;

/// <summary>
/// What a hostile application may answer: the client gets an answer that can be read in one way, or one that is plainly not
/// whole, and its next request gets its own answer.
/// </summary>
public sealed class ResponseCorpusTests(ResponseCorpusTests.Route route) : IClassFixture<ResponseCorpusTests.Route>
{
    private static readonly Dictionary<string, CorpusCase> All = CorpusCase.ReadAll("responses").ToDictionary(form => form.Name);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Responses => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Responses))]
    public async Task Client_GetsOneMeaning_OrPlainlyNone(string name)
    {
        var form = All[name];
        (route.Application.Answer, route.Application.Closes) = (form.Bytes, form.Expected.Contains("ends"));
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(route.Proxy.Inbound, Cancellation);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes($"{form.Method} /hostile HTTP/1.1\r\nHost: a\r\n\r\n"), Cancellation);
        var answers = new StrictReader(stream);

        var (answer, outcome) = await ReadAsync(answers, form.Method);
        // What breaks off before any of it was passed on is answered by the proxy.
        if (form.Expected[0] is "broken") Assert.True(outcome is "broken" or "502", outcome);
        else Assert.Equal(form.Expected[0], outcome);
        foreach (var line in form.Expected.Where(line => line.StartsWith("has ", StringComparison.Ordinal) || line.StartsWith("lacks ", StringComparison.Ordinal))) FieldLine.Check(line, answer!);
        if (outcome is not "broken" && answer!["Connection"] is not "close") await AssertInStepAsync(stream, answers);
    }

    private static async Task<(StrictMessage? Answer, string Outcome)> ReadAsync(StrictReader answers, string method)
    {
        try
        {
            var answer = await answers.ReadResponseAsync(method, Cancellation);
            if (answer is null) return (null, "broken");
            return (answer, answer["mesh-error"] is null ? $"{answer.Start} \"{answer.Body}\"" : answer.Start);
        }
        catch (Exception end) when (end is IOException)
        {
            return (null, "broken");
        }
    }

    private static async Task AssertInStepAsync(NetworkStream stream, StrictReader answers)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes("GET /good HTTP/1.1\r\nHost: a\r\n\r\n"), Cancellation);
        var (_, outcome) = await ReadAsync(answers, "GET");
        Assert.Equal("200 \"good\"", outcome);
    }

    /// <summary>One proxy before one hostile application.</summary>
    public sealed class Route : IAsyncLifetime
    {
        internal HostileApplication Application { get; } = new();

        internal TestProxy Proxy { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Proxy = await TestProxy.StartAsync(application: Application.Address);

        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            await Application.DisposeAsync();
        }
    }
}
