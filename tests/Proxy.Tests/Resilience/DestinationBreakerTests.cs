using System.Net;
using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;
using Mesh.Proxy.CircuitBreaking;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Discovery;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Resilience;

public sealed class DestinationBreakerTests
{
    private static readonly TimeSpan OpenFor = TimeSpan.FromSeconds(10);

    private HttpStatusCode _status = HttpStatusCode.InternalServerError;
    private Action<HttpResponseMessage> _mark = _ => { };

    [Fact]
    public async Task DestinationThatKeepsFailing_IsAskedNoMore()
    {
        var destination = New();
        await SendAsync(destination, times: 5);
        Assert.Equal(5, destination.Sent.Count);

        var refusal = await SendAsync(destination);
        Assert.Equal(5, destination.Sent.Count);
        Assert.Equal(MeshErrorCode.BreakerOpen, refusal!.Code);
        Assert.Equal(OpenFor, refusal.RetryAfter);
        Assert.Equal(BreakerState.Open, destination.Live.Report([]).Breaker);
    }

    [Fact]
    public async Task DestinationThatHasRecovered_IsAskedAgainAfterOneRequest()
    {
        var destination = New();
        await SendAsync(destination, times: 5);
        destination.Time.Advance(OpenFor);
        _status = HttpStatusCode.OK;
        var probe = await destination.SendAsync(HttpMethod.Get);
        var trace = destination.Trace;
        Assert.Equal(MeshErrorCode.BreakerOpen, (await SendAsync(destination))!.Code);
        probe.Dispose();
        trace.Dispose();

        await SendAsync(destination, times: 5);
        Assert.Equal(11, destination.Sent.Count);
        Assert.Equal(BreakerState.Closed, destination.Live.Report([]).Breaker);
    }

    [Fact]
    public async Task FailuresThatRetriesHide_DontOpenIt()
    {
        var sent = 0;
        var policy = Policy();
        policy.Retries.On.Add(RetryCondition.ServerError);
        var destination = new FakeDestination(policy, (_, _, _) => Task.FromResult(new HttpResponseMessage(++sent % 2 == 0 ? HttpStatusCode.OK : HttpStatusCode.InternalServerError)));
        for (var i = 0; i < 20; i++) Assert.Null(await SendAsync(destination));
    }

    [Fact]
    public async Task RequestsThatTimeOut_OpenIt()
    {
        var policy = Policy();
        policy.Timeouts.Request = Duration.FromTimeSpan(TimeSpan.FromSeconds(1));
        var destination = new FakeDestination(policy, Never);
        for (var i = 0; i < 5; i++)
        {
            var failure = await Assert.ThrowsAsync<MeshException>(() => destination.RunAsync(destination.SendAsync(HttpMethod.Get)));
            Assert.Equal(MeshErrorCode.RequestTimeout, failure.Code);
            destination.Trace.Dispose();
        }
        Assert.Equal(MeshErrorCode.BreakerOpen, (await SendAsync(destination))!.Code);
    }

    [Fact]
    public async Task ClientsThatLeave_DontOpenIt()
    {
        var destination = new FakeDestination(Policy(), Never);
        for (var i = 0; i < 20; i++)
        {
            using var client = new CancellationTokenSource();
            var request = destination.SendAsync(HttpMethod.Get, client: client.Token);
            await client.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
            destination.Trace.Dispose();
        }
        Assert.Equal(BreakerState.Closed, destination.Live.Report([]).Breaker);
    }

    [Fact]
    public async Task DestinationWithoutEndpoints_HasNotFailed()
    {
        var destination = New();
        destination.Live.Apply(Updates.Whole(2, Policy()));
        for (var i = 0; i < 20; i++)
        {
            var failure = await Assert.ThrowsAsync<MeshException>(() => destination.SendAsync(HttpMethod.Get));
            Assert.Equal(MeshErrorCode.NoEndpoints, failure.Code);
            destination.Trace.Dispose();
        }
    }

    [Theory]
    [InlineData("mesh/overloaded", false)]
    [InlineData("mesh/rate-limited", false)]
    [InlineData("mesh/application-unavailable", true)]
    public async Task AnswersThatSpareABusyApplication_AreNoFailures(string code, bool opens)
    {
        _status = HttpStatusCode.ServiceUnavailable;
        _mark = response => response.Headers.Add("mesh-error", code);
        var destination = New(policy => policy.CircuitBreaker.Endpoint = new() { ConsecutiveFailures = 1 });
        await SendAsync(destination, times: 5);
        Assert.Equal(opens ? BreakerState.Open : BreakerState.Closed, destination.Live.Report([]).Breaker);
        Assert.Equal(opens, destination.Live.Report([]).Endpoints.Any(endpoint => endpoint.State == EndpointState.Ejected));
    }

    [Fact]
    public async Task GrpcStatusInTrailers_OpensIt()
    {
        _status = HttpStatusCode.OK;
        var destination = New();
        for (var i = 0; i < 5; i++)
        {
            using var response = await destination.SendAsync(HttpMethod.Post);
            destination.Trace.Answer(response);
            destination.Trace.End(AttemptEnd.Answered, 14);
            destination.Trace.Dispose();
        }
        Assert.Equal(MeshErrorCode.BreakerOpen, (await SendAsync(destination))!.Code);
    }

    [Fact]
    public async Task ChangedPolicy_KeepsItOpenUnlessItIsAboutThat()
    {
        var destination = New();
        await SendAsync(destination, times: 5);
        destination.Live.Apply(Updates.Delta(1, 2, policy: Policy(policy => policy.Timeouts.Connect = Duration.FromTimeSpan(OpenFor))));
        Assert.Equal(BreakerState.Open, destination.Live.Report([]).Breaker);
        destination.Live.Apply(Updates.Delta(2, 3, policy: Policy(policy => policy.CircuitBreaker.Destination.ConsecutiveFailures = 6)));
        Assert.Equal(BreakerState.Closed, destination.Live.Report([]).Breaker);
        destination.Live.Apply(Updates.Delta(3, 4, policy: Policies.Default()));
        Assert.Null(destination.Live.Report([]).Breaker);
    }

    [Fact]
    public async Task EndpointThatHadTheLargerPartOfTheRequestsTime_HasFailed()
    {
        var policy = Policies.WithTimeouts(request: TimeSpan.FromSeconds(1));
        policy.CircuitBreaker = new() { Endpoint = new() { ConsecutiveFailures = 1 } };
        var destination = new FakeDestination(policy, Never);
        await Assert.ThrowsAsync<MeshException>(() => destination.RunAsync(destination.SendAsync(HttpMethod.Get)));
        destination.Trace.Dispose();
        Assert.Equal(EndpointState.Ejected, Assert.Single(destination.Live.Report([]).Endpoints, endpoint => endpoint.Address == destination.Sent[0]).State);
    }

    private static Task<HttpResponseMessage> Never(string endpoint, HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.Delay(Timeout.Infinite, cancellationToken).ContinueWith<HttpResponseMessage>(_ => throw new OperationCanceledException(cancellationToken), TaskScheduler.Default);

    private FakeDestination New(Action<Policy>? change = null) => new(Policy(change), (_, _, _) =>
    {
        var response = new HttpResponseMessage(_status);
        _mark(response);
        return Task.FromResult(response);
    });

    private static Policy Policy(Action<Policy>? change = null) => Policies.Default(policy =>
    {
        policy.CircuitBreaker = new()
        {
            FailureStatuses = { new StatusRange { From = 500, To = 599 } },
            FailureGrpcCodes = { 14 },
            Destination = new() { ConsecutiveFailures = 5, OpenFor = Duration.FromTimeSpan(OpenFor), OpenForMax = Duration.FromTimeSpan(OpenFor) },
        };
        change?.Invoke(policy);
    });

    private static async Task SendAsync(FakeDestination destination, int times)
    {
        for (var i = 0; i < times; i++) Assert.Null(await SendAsync(destination));
    }

    // As the edge does it; the reason where the request was refused.
    private static async Task<MeshException?> SendAsync(FakeDestination destination)
    {
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        if (response is RefusedResponse refused) return refused.Reason;
        destination.Trace.Answer(response);
        destination.Trace.End(AttemptEnd.Answered, null);
        destination.Trace.Dispose();
        return null;
    }
}
