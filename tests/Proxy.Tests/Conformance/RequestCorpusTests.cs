using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests.Conformance;

/// <summary>
/// What a hostile client may send: either the proxy refuses it, or the application gets exactly the messages that the proxy
/// decided on, each of which can be read in one way only.
/// </summary>
public sealed class RequestCorpusTests(CorpusRoute route) : IClassFixture<CorpusRoute>
{
    private static readonly Dictionary<string, CorpusCase> Any = CorpusCase.ReadAll("requests").ToDictionary(form => form.Name);
    private static readonly Dictionary<string, CorpusCase> Explicit = CorpusCase.ReadAll("explicit").ToDictionary(form => form.Name);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Requests => [.. Any.Keys];

    public static TheoryData<string> ExplicitRequests => [.. Explicit.Keys];

    [Theory]
    [MemberData(nameof(Requests))]
    public Task Inbound_RefusesIt_OrForwardsOneMeaning(string form) => CheckAsync(Any[form], "inbound");

    [Theory]
    [MemberData(nameof(Requests))]
    public Task Outbound_RefusesIt_OrForwardsOneMeaning(string form) => CheckAsync(Any[form], "destination");

    [Theory]
    [MemberData(nameof(ExplicitRequests))]
    public Task ExplicitProxy_RefusesIt_OrForwardsOneMeaning(string form) => CheckAsync(Explicit[form], "outbound");

    [Fact]
    public void Corpus_HasAtLeastAHundredAndFiftyForms() =>
        Assert.True(Any.Count + Explicit.Count + CorpusCase.ReadAll("responses").Count >= 150);

    private async Task CheckAsync(CorpusCase form, string port)
    {
        route.Application.Take();
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(route.Port(port), Cancellation);
        var stream = client.GetStream();
        await stream.WriteAsync(form.Bytes, Cancellation);
        var answers = new StrictReader(stream);

        if (form.Expected is [var only] && only.StartsWith("refused ", StringComparison.Ordinal)) await CheckRefusedAsync(answers, only["refused ".Length..]);
        else if (form.Expected is ["broken"]) await CheckBrokenAsync(answers);
        else await CheckForwardedAsync(form, stream, answers);
    }

    private async Task CheckRefusedAsync(StrictReader answers, string status)
    {
        var answer = await answers.ReadResponseAsync("GET", Cancellation);
        Assert.NotNull(answer);
        Assert.Equal(status, answer.Start);
        Assert.StartsWith("mesh/", answer["mesh-error"], StringComparison.Ordinal);
        Assert.Equal("close", answer["Connection"]);
        await AssertEndsAsync(answers);
        var (requests, malformed) = route.Application.Take();
        Assert.Empty(requests);
        Assert.Empty(malformed);
    }

    private async Task CheckBrokenAsync(StrictReader answers)
    {
        await AssertEndsAsync(answers);
        var (requests, malformed) = route.Application.Take();
        Assert.Empty(requests);
        Assert.Empty(malformed);
    }

    private async Task CheckForwardedAsync(CorpusCase form, NetworkStream stream, StrictReader answers)
    {
        var expected = form.Expected.Where(line => line is not "closed" && !IsFieldLine(line)).ToArray();
        foreach (var line in expected)
        {
            var answer = await answers.ReadResponseAsync(line.Split(' ')[0], Cancellation);
            Assert.NotNull(answer);
            Assert.Equal("200", answer.Start);
            if (!line.StartsWith("HEAD", StringComparison.Ordinal)) Assert.Equal(line, answer.Body);
        }
        if (form.Expected.Contains("closed")) await AssertEndsAsync(answers);
        else await AssertInStepAsync(stream, answers);

        var (requests, malformed) = route.Application.Take();
        Assert.Empty(malformed);
        Assert.Equal(expected, requests.Take(expected.Length).Select(request => request.Summary));
        Assert.DoesNotContain(requests.Skip(expected.Length), request => request.Target is not "/in-step");
        foreach (var line in form.Expected.Where(IsFieldLine)) FieldLine.Check(line, requests[expected.Length - 1]);
    }

    private static async Task AssertInStepAsync(NetworkStream stream, StrictReader answers)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes("GET /in-step HTTP/1.1\r\nHost: a\r\n\r\n"), Cancellation);
        var answer = await answers.ReadResponseAsync("GET", Cancellation);
        Assert.Equal("GET /in-step a \"\"", answer?.Body);
    }

    // A refusal may be cut short by the reset that unread bytes cause; more answers there can't be.
    private static async Task AssertEndsAsync(StrictReader answers)
    {
        try
        {
            while (await answers.ReadResponseAsync("GET", Cancellation) is { } answer) Assert.NotEqual("200", answer.Start);
        }
        catch (Exception end) when (end is IOException or EndOfStreamException)
        {
            // Reset, or ended within an answer.
        }
    }

    private static bool IsFieldLine(string line) => line.StartsWith("has ", StringComparison.Ordinal) || line.StartsWith("lacks ", StringComparison.Ordinal);
}
