using System.Globalization;
using System.Net;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Resilience;

/// <summary>Deadlines and departures over several hops, through real proxies.</summary>
public sealed class DeadlineChainTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deadline_ReachesTheLastOfAChain_InBaggageThatApplicationsHandOn()
    {
        await using var chain = await ServiceChain.StartAsync(2, Policies.WithTimeouts(request: TimeSpan.FromMinutes(5)),
            context => context.Response.WriteAsync($"{context.Request.Headers["mesh-deadline"]} {context.Request.Headers.Baggage}"), "baggage");
        using var client = TestProxy.NewClient(chain.Port);
        var deadline = DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        client.DefaultRequestHeaders.TryAddWithoutValidation("baggage", $"user=1,mesh.deadline={deadline}");

        Assert.Equal($"{deadline} user=1,mesh.deadline={deadline}", await client.GetStringAsync(Root, Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WorkThatComesTooLate_DoesNotReachTheApplication(bool inbound)
    {
        var reached = 0;
        await using var application = await TestApplication.StartAsync(_ =>
        {
            Interlocked.Increment(ref reached);
            return Task.CompletedTask;
        });
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        await using var chain = await ServiceChain.StartAsync(1, Policies.Default(), _ =>
        {
            Interlocked.Increment(ref reached);
            return Task.CompletedTask;
        });
        using var client = TestProxy.NewClient(inbound ? proxy.Inbound : chain.Port);
        client.DefaultRequestHeaders.Add("mesh-deadline", "1700000000000");
        using var answer = await client.GetAsync(Root, Cancellation);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Equal("mesh/deadline-exceeded", answer.Headers.GetValues("mesh-error").Single());
        Assert.Equal(0, reached);
    }

    [Fact]
    public async Task ClientThatLeaves_CancelsTheWholeChain()
    {
        var (arrived, left) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var chain = await ServiceChain.StartAsync(2, Policies.Default(), async context =>
        {
            await using var registration = context.RequestAborted.Register(left.SetResult);
            arrived.SetResult();
            await left.Task.WaitAsync(Cancellation);
        });
        using var client = TestProxy.NewClient(chain.Port);
        using var leaving = new CancellationTokenSource();
        var answering = client.GetAsync(Root, leaving.Token);
        await arrived.Task.WaitAsync(Cancellation);
        await leaving.CancelAsync();

        await left.Task.WaitAsync(Cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answering);
    }

    [Fact]
    public async Task DeadlineOfTheFirst_CancelsTheWholeChain()
    {
        var (arrived, left) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var chain = await ServiceChain.StartAsync(2, Policies.Default(), async context =>
        {
            await using var registration = context.RequestAborted.Register(left.SetResult);
            arrived.SetResult();
            await left.Task.WaitAsync(Cancellation);
        });
        using var client = TestProxy.NewClient(chain.Port);
        client.DefaultRequestHeaders.Add("mesh-deadline", DateTimeOffset.UtcNow.AddMilliseconds(500).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        using var answer = await client.GetAsync(Root, Cancellation);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        // On a machine so busy that the time was up on the way, there is nothing to cancel.
        if (arrived.Task.IsCompleted) await left.Task.WaitAsync(Cancellation);
    }
}
