using System.Net;
using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;
using Mesh.Proxy.Tests.Discovery;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Shadow;

/// <summary>What a policy in mode Shadow would have done: counted, and nothing changed.</summary>
public sealed class ShadowTests
{
    private const string A = "10.0.0.1:80", B = "10.0.0.2:80";

    [Fact]
    public async Task RequestAndAttempt_ThatTookLongerThanTheyMay_AreCountedAndAnswered()
    {
        var destination = Shadowed(Slow(300), policy =>
        {
            policy.Timeouts.Request = Milliseconds(200);
            policy.Timeouts.Attempt = Milliseconds(250);
        });
        Assert.Equal(HttpStatusCode.OK, await SendAsync(destination));

        Assert.Equal(["attempt-timeout 1", "request-timeout 1"], Decisions(destination));
    }

    [Fact]
    public async Task RequestThatIsFastEnough_IsCountedAsTriedOnly()
    {
        var destination = Shadowed(Slow(100), policy => policy.Timeouts.Request = Milliseconds(200));
        await SendAsync(destination);
        await SendAsync(destination);

        Assert.Empty(Decisions(destination));
        Assert.Equal(2, destination.Live.Current!.Shadow!.Tally.Requests);
    }

    [Fact]
    public async Task FailureThatWouldBeRetried_IsSentOnce()
    {
        var destination = Shadowed(Answering(HttpStatusCode.ServiceUnavailable), policy => policy.Retries.On.Add(RetryCondition.GatewayError));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendAsync(destination));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendAsync(destination, HttpMethod.Post));

        Assert.Equal(2, destination.Sent.Count);
        Assert.Equal(["retry 1"], Decisions(destination));
    }

    [Fact]
    public async Task RetriesBeyondTheBudget_AreCountedAsRefused()
    {
        var destination = Shadowed(Answering(HttpStatusCode.ServiceUnavailable), policy =>
        {
            policy.Retries.On.Add(RetryCondition.GatewayError);
            policy.Retries.Budget = new() { Percent = 0, MinPerSecond = 1 };
        });
        for (var i = 0; i < 5; i++) await SendAsync(destination);

        Assert.Equal(["retry 1", "retry-refused 4"], Decisions(destination));
    }

    [Fact]
    public async Task AttemptThatWouldHaveTimedOut_WouldBeRetriedWhereThatIsListed()
    {
        var destination = Shadowed(Slow(300), policy =>
        {
            policy.Timeouts.Attempt = Milliseconds(100);
            policy.Retries.On.Add(RetryCondition.AttemptTimeout);
        });
        await SendAsync(destination);

        Assert.Equal(["attempt-timeout 1", "retry 1"], Decisions(destination));
    }

    [Fact]
    public async Task SlowFirstAttempt_WouldBeHedged_WhereTheRequestMayBeRepeated()
    {
        var destination = Shadowed(Slow(100), policy => policy.Hedging = new() { Delay = Milliseconds(50) });
        await SendAsync(destination);
        await SendAsync(destination, HttpMethod.Post);

        Assert.Equal(2, destination.Sent.Count);
        Assert.Equal(["hedge 1"], Decisions(destination));
    }

    [Fact]
    public async Task EndpointThatFails_WouldBeEjected_OnceAndByName_AndIsUsedAllTheSame()
    {
        var destination = Shadowed(
            (_, endpoint) => Task.FromResult(new HttpResponseMessage(endpoint == A ? HttpStatusCode.InternalServerError : HttpStatusCode.OK)),
            policy =>
            {
                policy.LoadBalancer.Algorithm = LoadBalancerAlgorithm.RoundRobin;
                policy.CircuitBreaker = new() { Endpoint = new() { ConsecutiveFailures = 3, OpenFor = Milliseconds(60_000) }, MaxEjectedPercent = 50, FailureStatuses = { Errors } };
            });
        for (var i = 0; i < 40; i++) await SendAsync(destination);

        Assert.Equal(["eject 1"], Decisions(destination));
        Assert.True(destination.Sent.Count(endpoint => endpoint == A) > 5);
        var report = destination.Live.TakeShadowReport()!;
        Assert.Equal([A], report.Decisions.Single().Endpoints);
    }

    [Fact]
    public async Task EveryEndpointFailing_NoMoreAreEjectedThanMayBe()
    {
        var destination = Shadowed(
            Answering(HttpStatusCode.InternalServerError),
            policy => policy.CircuitBreaker = new() { Endpoint = new() { ConsecutiveFailures = 1, OpenFor = Milliseconds(60_000) }, MaxEjectedPercent = 50, FailureStatuses = { Errors } });
        for (var i = 0; i < 40; i++) await SendAsync(destination);

        Assert.Equal(["eject 1"], Decisions(destination));
    }

    [Fact]
    public async Task BreakerOfTheDestination_WouldRefuseWhatComesWhileItIsOpen()
    {
        var destination = Shadowed(
            Answering(HttpStatusCode.InternalServerError),
            policy => policy.CircuitBreaker = new() { Destination = new() { ConsecutiveFailures = 5, OpenFor = Milliseconds(10_000) }, FailureStatuses = { Errors } });
        for (var i = 0; i < 8; i++) Assert.Equal(HttpStatusCode.InternalServerError, await SendAsync(destination));
        Assert.Equal(["breaker-open 3"], Decisions(destination));

        destination.Time.Advance(TimeSpan.FromSeconds(10));
        await SendAsync(destination);
        Assert.Equal(["breaker-open 3"], Decisions(destination));
        await SendAsync(destination);
        Assert.Equal(["breaker-open 4"], Decisions(destination));
    }

    [Fact]
    public async Task RequestsBeyondTheBulkheadAndItsQueue_WouldBeRefused()
    {
        var held = new TaskCompletionSource<HttpResponseMessage>();
        var destination = Shadowed((_, _) => held.Task, policy => policy.Concurrency = new() { MaxRequests = 2, QueueLength = 1, QueueTimeout = Milliseconds(100) });
        var requests = Enumerable.Range(0, 5).Select(_ => (Answer: destination.SendAsync(HttpMethod.Get), destination.Trace)).ToList();
        held.SetResult(new());
        await Task.WhenAll(requests.Select(request => request.Answer));
        requests.ForEach(request => request.Trace.Dispose());
        await SendAsync(destination);

        Assert.Equal(["concurrency 2"], Decisions(destination));
    }

    [Fact]
    public async Task Faults_WouldBeInjectedIntoWhatTheyMatch()
    {
        var destination = Shadowed(Answering(HttpStatusCode.OK), policy => policy.Faults.Add(new Fault
        {
            Share = 10_000,
            Delay = Milliseconds(1000),
            Status = 503,
            Match = new() { Header = new() { Name = "x-try" } },
        }));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(destination));
        using var content = new ByteArrayContent([]);
        content.Headers.Add("x-try", "1");
        Assert.Equal(HttpStatusCode.OK, await SendAsync(destination, HttpMethod.Put, content));

        Assert.Equal(["fault-abort 1", "fault-delay 1"], Decisions(destination));
    }

    [Fact]
    public async Task BodyThatStandsStill_WouldBeCut()
    {
        var body = new System.IO.Pipelines.Pipe();
        var destination = Shadowed(
            (_, _) => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(body.Reader.AsStream()) }),
            policy => policy.Timeouts.Idle = Milliseconds(1000));
        using var answer = await destination.SendAsync(HttpMethod.Get);
        var stream = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var buffer = new byte[1];

        Assert.Equal(1, await ReadAfterAsync(900));
        Assert.Empty(Decisions(destination));
        Assert.Equal(1, await ReadAfterAsync(1500));
        Assert.Equal(["idle-timeout 1"], Decisions(destination));
        Assert.Equal(1, await ReadAfterAsync(1500));
        Assert.Equal(["idle-timeout 1"], Decisions(destination));

        async Task<int> ReadAfterAsync(int milliseconds)
        {
            var read = stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
            destination.Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
            await body.Writer.WriteAsync(buffer, TestContext.Current.CancellationToken);
            return await read;
        }
    }

    [Fact]
    public async Task WhatThePolicyInForceDoesAlike_IsNotCounted()
    {
        var inForce = Policies.Default(policy => policy.Timeouts.Request = Milliseconds(500));
        var destination = new FakeDestination(inForce, (_, _, _) => Task.FromResult(new HttpResponseMessage()), A, B);
        destination.Live.Apply(Update(inForce, _ => { }));
        await SendAsync(destination);

        Assert.Equal(0, destination.Live.Current!.Shadow!.Tally.Requests);
    }

    [Fact]
    public async Task ShadowThatIsTakenBack_CountsNoMore()
    {
        var destination = Shadowed(Slow(300), policy => policy.Timeouts.Request = Milliseconds(200));
        await SendAsync(destination);
        var over = Updates.Delta(2, 3);
        over.Shadow = new();
        destination.Live.Apply(over);
        await SendAsync(destination);

        Assert.Null(destination.Live.Current!.Shadow);
        Assert.Equal(1ul, destination.Live.TakeShadowReport()!.Requests);
    }

    [Fact]
    public async Task Shadow_StaysThroughUpdatesThatDontSpeakOfIt()
    {
        var destination = Shadowed(Slow(300), policy => policy.Timeouts.Request = Milliseconds(200));
        var shadow = destination.Live.Current!.Shadow;
        destination.Live.Apply(Updates.Delta(2, 3, added: ["10.0.0.9:80"]));
        Assert.Same(shadow, destination.Live.Current!.Shadow);

        destination.Live.Apply(Updates.Delta(3, 4, policy: Policies.Default(policy => policy.Retries.Attempts = 0)));
        await SendAsync(destination);
        Assert.Equal(["request-timeout 1"], Decisions(destination));
    }

    private static StatusRange Errors => new() { From = 500, To = 599 };

    private static Duration Milliseconds(int milliseconds) => Duration.FromTimeSpan(TimeSpan.FromMilliseconds(milliseconds));

    private static FakeDestination Shadowed(Func<FakeDestination, string, Task<HttpResponseMessage>> answer, Action<Policy> shadow)
    {
        var inForce = Policies.Default(policy => policy.LoadBalancer.Algorithm = LoadBalancerAlgorithm.RoundRobin);
        FakeDestination destination = null!;
        destination = new(inForce, (endpoint, _, _) => answer(destination, endpoint), A, B);
        destination.Live.Apply(Update(inForce, shadow));
        return destination;
    }

    private static DestinationUpdate Update(Policy inForce, Action<Policy> shadow)
    {
        var update = Updates.Delta(1, 2);
        update.Shadow = inForce.Clone();
        update.Shadow.Sources.Add(new PolicySource { Namespace = "shop", Name = "tried", Generation = 1 });
        shadow(update.Shadow);
        return update;
    }

    private static Func<FakeDestination, string, Task<HttpResponseMessage>> Answering(HttpStatusCode status) => (_, _) => Task.FromResult(new HttpResponseMessage(status));

    private static Func<FakeDestination, string, Task<HttpResponseMessage>> Slow(int milliseconds) => async (destination, _) =>
    {
        await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), destination.Time, TestContext.Current.CancellationToken);
        return new();
    };

    // To the end of the request, as the edge does it.
    private static async Task<HttpStatusCode> SendAsync(FakeDestination destination, HttpMethod? method = null, HttpContent? content = null)
    {
        using var answer = await destination.RunAsync(destination.SendAsync(method ?? HttpMethod.Get, content));
        destination.Trace.Dispose();
        return answer.StatusCode;
    }

    private static List<string> Decisions(FakeDestination destination) =>
        [.. destination.Live.Report([]).Shadow!.Decisions().Select(decision => $"{decision.Decision} {decision.Count}").Order(StringComparer.Ordinal)];
}
