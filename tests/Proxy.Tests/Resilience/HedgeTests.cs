using System.Net;
using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;
using Mesh.Proxy.Tests.Discovery;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Resilience;

public sealed class HedgeTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<string, CancellationToken> _tokens = [];
    private FakeDestination? _destination;

    [Fact]
    public async Task SlowFirstAttempt_IsOvertakenByAHedgeElsewhere()
    {
        var destination = Given(Hedging(), FirstIsSlow(TimeSpan.FromMinutes(1)));
        var start = destination.Time.GetUtcNow();
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));

        Assert.Equal("second", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Delay, destination.Time.GetUtcNow() - start);
        Assert.Equal(2, destination.Sent.Distinct().Count());
        Assert.True(_tokens[destination.Sent[0]].IsCancellationRequested);
        Assert.False(_tokens[destination.Sent[1]].IsCancellationRequested);
        Assert.True(destination.Trace is { Hedged: true, HedgeWon: true });
        Assert.Equal(["Cancelled", "200"], destination.Trace.Attempts.Select(attempt => attempt.Outcome));
    }

    [Fact]
    public async Task Loser_LetsGoOfItsEndpoint()
    {
        var destination = Given(Hedging(), FirstIsSlow(TimeSpan.FromMinutes(1)));
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        var endpoints = destination.Trace.Attempts.Select(attempt => attempt.Endpoint).ToList();
        await UntilAsync(() => endpoints[0].InFlight == 0);
        Assert.Equal(1, endpoints[1].InFlight);
        destination.Trace.Dispose();
        Assert.Equal([0, 0], endpoints.Select(endpoint => endpoint.InFlight));
    }

    [Fact]
    public async Task FirstAttemptThatIsFasterAfterAll_Wins()
    {
        var destination = Given(Hedging(), (number, cancellationToken) => AnswerAfterAsync(number == 0 ? Delay * 2 : TimeSpan.FromMinutes(1), number, cancellationToken));
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        Assert.Equal("first", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.True(destination.Trace is { Hedged: true, HedgeWon: false });
        Assert.True(_tokens[destination.Sent[1]].IsCancellationRequested);
        Assert.False(_tokens[destination.Sent[0]].IsCancellationRequested);
    }

    [Fact]
    public async Task AnswerWithinTheDelay_IsNotHedged()
    {
        var destination = Given(Hedging(), (number, cancellationToken) => AnswerAfterAsync(Delay / 2, number, cancellationToken));
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        Assert.Single(destination.Sent);
        Assert.False(destination.Trace.Hedged);
    }

    [Theory]
    [InlineData("POST", null, 1)]
    [InlineData("POST", "Idempotency-Key", 2)]
    [InlineData("GET", "Upgrade", 1)]
    public async Task OnlyWhatMayBeRepeated_IsHedged(string method, string? header, int attempts)
    {
        var destination = Given(Hedging(), (number, cancellationToken) => AnswerAfterAsync(Delay * 3, number, cancellationToken));
        using var response = await destination.RunAsync(destination.SendAsync(new(method), headers: header is null ? [] : [(header, "x")]));
        Assert.Equal(attempts, destination.Sent.Count);
    }

    [Fact]
    public async Task FailedHedge_LeavesTheWordToTheFirst()
    {
        var destination = Given(Hedging(), (number, cancellationToken) => number == 0
            ? AnswerAfterAsync(Delay * 3, number, cancellationToken)
            : Task.FromResult(new HttpResponseMessage(HttpStatusCode.ServiceUnavailable)));
        using var response = await HedgedAsync(destination, destination.SendAsync(HttpMethod.Get));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(destination.Trace.HedgeWon);
    }

    [Fact]
    public async Task BothThatFail_AreRetriedOnce()
    {
        var destination = Given(Hedging(RetryCondition.ServerError), async (number, cancellationToken) =>
        {
            if (number < 2) await Task.Delay(Delay * 3, _destination!.Time, cancellationToken);
            return new(number < 2 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK);
        });
        using var response = await HedgedAsync(destination, destination.SendAsync(HttpMethod.Get));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(3, destination.Sent.Distinct().Count());
        Assert.Equal(["500"], destination.Trace.Retries);
    }

    [Fact]
    public async Task HedgeThatNobodyPaidFor_IsNotMade()
    {
        var policy = Hedging();
        policy.Retries.Budget = new() { Percent = 0, MinPerSecond = 0 };
        var destination = Given(policy, (number, cancellationToken) => AnswerAfterAsync(Delay * 3, number, cancellationToken));
        var sending = destination.SendAsync(HttpMethod.Get);
        destination.Time.Advance(Delay);
        await UntilAsync(() => destination.Trace.BudgetExhausted);
        using var response = await AdvanceAsync(destination, sending);
        Assert.Single(destination.Sent);
    }

    [Theory]
    [InlineData(10, true, 2)]
    [InlineData(10, false, 2)]
    [InlineData(100_000, true, 1)]
    [InlineData(100_000, false, 1)]
    public async Task Body_IsSentTwiceWhereItIsKeptWhole(int length, bool lengthKnown, int attempts)
    {
        var bodies = new List<byte[]>();
        FakeDestination destination = null!;
        destination = new(Hedging(), async (_, request, cancellationToken) =>
        {
            var body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
            lock (bodies) bodies.Add(body);
            await Task.Delay(Delay * 3, destination.Time, cancellationToken);
            return new();
        });
        var sent = new byte[length];
        new Random(1).NextBytes(sent);
        var sending = destination.SendAsync(HttpMethod.Put, new OnceContent(sent, lengthKnown));
        await UntilAsync(() => bodies.Count == 1);
        using var response = attempts > 1 ? await HedgedAsync(destination, sending) : await AdvanceAsync(destination, sending);
        Assert.Equal(attempts, bodies.Count);
        Assert.All(bodies, body => Assert.Equal(sent, body));
    }

    [Fact]
    public async Task ClientThatLeaves_EndsBoth()
    {
        using var client = new CancellationTokenSource();
        var destination = Given(Hedging(), (number, cancellationToken) => AnswerAfterAsync(TimeSpan.FromMinutes(1), number, cancellationToken));
        var sending = destination.SendAsync(HttpMethod.Get, client: client.Token);
        destination.Time.Advance(Delay);
        await UntilAsync(() => destination.Sent.Count == 2);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.All(_tokens.Values, token => Assert.True(token.IsCancellationRequested));
    }

    [Fact]
    public async Task ObservedPercentile_IsTheDelay()
    {
        var policy = Hedging();
        policy.Hedging = new() { Percentile = 95 };
        var slow = false;
        var destination = Given(policy, (number, cancellationToken) => AnswerAfterAsync(TimeSpan.FromMilliseconds(slow ? 5000 : 10), number, cancellationToken));
        for (var i = 0; i < 20; i++) (await destination.RunAsync(destination.SendAsync(HttpMethod.Get))).Dispose();
        Assert.Equal(20, destination.Sent.Count);

        slow = true;
        var start = destination.Time.GetUtcNow();
        var sending = destination.SendAsync(HttpMethod.Get);
        using var response = await destination.RunAsync(sending);
        Assert.Equal(22, destination.Sent.Count);
        // The first attempt answers, 5 s after it was sent; the hedge went out after about 10 ms.
        Assert.Equal(TimeSpan.FromMilliseconds(5000), destination.Time.GetUtcNow() - start);
        Assert.False(destination.Trace.HedgeWon);
    }

    [Fact]
    public async Task UnobservedPercentile_HedgesAfterTheDelayThatIsGiven_OrNotAtAll()
    {
        foreach (var (delay, attempts) in new[] { (Duration.FromTimeSpan(Delay), 2), ((Duration?)null, 1) })
        {
            var policy = Hedging();
            policy.Hedging = new() { Percentile = 95, Delay = delay };
            var destination = Given(policy, (number, cancellationToken) => AnswerAfterAsync(Delay * 3, number, cancellationToken));
            using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
            Assert.Equal(attempts, destination.Sent.Count);
        }
    }

    /// <summary>Has the hedge go out before anything else happens.</summary>
    private static async Task<HttpResponseMessage> HedgedAsync(FakeDestination destination, Task<HttpResponseMessage> sending)
    {
        destination.Time.Advance(Delay);
        await UntilAsync(() => destination.Sent.Count == 2);
        return await AdvanceAsync(destination, sending);
    }

    private static async Task<HttpResponseMessage> AdvanceAsync(FakeDestination destination, Task<HttpResponseMessage> sending)
    {
        while (!sending.IsCompleted)
        {
            destination.Time.Advance(Delay);
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
        return await sending;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(1, TestContext.Current.CancellationToken);
    }

    private static Policy Hedging(params RetryCondition[] retryOn)
    {
        var policy = Policies.RetryingOn(retryOn);
        policy.Hedging = new() { Delay = Duration.FromTimeSpan(Delay) };
        return policy;
    }

    private FakeDestination Given(Policy policy, Func<int, CancellationToken, Task<HttpResponseMessage>> answer)
    {
        var number = -1;
        return _destination = new(policy, (endpoint, _, cancellationToken) =>
        {
            lock (_tokens) _tokens[endpoint] = cancellationToken;
            return answer(Interlocked.Increment(ref number), cancellationToken);
        });
    }

    private Func<int, CancellationToken, Task<HttpResponseMessage>> FirstIsSlow(TimeSpan delay) =>
        (number, cancellationToken) => AnswerAfterAsync(number == 0 ? delay : TimeSpan.Zero, number, cancellationToken);

    private async Task<HttpResponseMessage> AnswerAfterAsync(TimeSpan delay, int number, CancellationToken cancellationToken)
    {
        if (delay > TimeSpan.Zero) await Task.Delay(delay, _destination!.Time, cancellationToken);
        return new() { Content = new StringContent(number == 0 ? "first" : "second") };
    }
}
