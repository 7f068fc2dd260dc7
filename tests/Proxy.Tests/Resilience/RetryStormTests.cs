using System.Collections.Concurrent;
using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Resilience;

/// <summary>Services in a row, each of which retries what is below: through real proxies, over real sockets.</summary>
public sealed class RetryStormTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.InternalServerError)]
    public async Task BottomThatIsDown_GetsAtMostHalfAnAttemptMorePerRequest(HttpStatusCode status)
    {
        const int Requests = 400;
        var attempts = 0;
        await using var chain = await ServiceChain.StartAsync(3, Policies.RetryingOn(RetryCondition.ServerError, RetryCondition.Reset), context =>
        {
            Interlocked.Increment(ref attempts);
            context.Response.StatusCode = (int)status;
            return Task.CompletedTask;
        }, "traceparent");
        await chain.SendAsync(Requests, traced: true);

        Assert.InRange(attempts, Requests, Requests * 3 / 2);
        AssertLeftAlone(chain, Requests);
    }

    [Fact]
    public async Task BottomThatHasGone_IsAskedForOnceByThoseAbove()
    {
        const int Requests = 50;
        await using var chain = await ServiceChain.StartAsync(3, Policies.RetryingOn(RetryCondition.ServerError, RetryCondition.ConnectFailure, RetryCondition.Reset), _ => Task.CompletedTask, "traceparent");
        await chain.StopLastAsync();
        await chain.SendAsync(Requests, traced: true);
        AssertLeftAlone(chain, Requests);
    }

    [Fact]
    public async Task ApplicationThatHandsTheMarkOn_NeedsNoTrace()
    {
        const int Requests = 20;
        await using var chain = await ServiceChain.StartAsync(1, Policies.RetryingOn(RetryCondition.ServerError), context =>
        {
            context.Response.StatusCode = 500;
            context.Response.Headers["mesh-retry"] = "exhausted";
            return Task.CompletedTask;
        });
        await chain.SendAsync(Requests, traced: false);
        Assert.Equal(Requests, chain.Calls[0]);
    }

    [Fact]
    public async Task FailureOfItsOwn_IsRetried()
    {
        var attempts = new ConcurrentDictionary<string, int>();
        await using var chain = await ServiceChain.StartAsync(1, Policies.RetryingOn(RetryCondition.ServerError), context =>
        {
            if (attempts.AddOrUpdate(context.Request.Headers.TraceParent.ToString(), 1, (_, before) => before + 1) == 1) context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        var answers = await chain.SendAsync(8, traced: true);
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer));
        Assert.All(attempts.Values, count => Assert.Equal(2, count));
    }

    [Fact]
    public async Task ErrorOfTheProxysOwn_IsMarkedWhereAnotherHopWouldMeetTheSame()
    {
        var nowhere = new Forwarding.SocketDestination(Policies.Default(), 1);
        await using var proxy = await TestProxy.StartAsync(_ => nowhere.Live.Current);
        using var client = TestProxy.NewClient(proxy.CatalogPort);
        using var answer = await client.GetAsync(Root, Cancellation);
        Assert.Equal("mesh/no-endpoints", answer.Headers.GetValues("mesh-error").Single());
        Assert.Equal("exhausted", answer.Headers.GetValues("mesh-retry").Single());
    }

    // Whoever is above the hop that retried leaves it at that, but for a connection that breaks on a busy machine.
    private static void AssertLeftAlone(ServiceChain chain, int requests) =>
        Assert.All(chain.Calls[..2], calls => Assert.InRange(calls, requests, requests + requests / 10));
}
