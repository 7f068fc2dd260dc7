using Mesh.Api.Discovery;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Discovery;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Resilience;

public sealed class TimeoutTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task RequestTimeout_EndsTheRequestWithAllItsAttempts()
    {
        var destination = new FakeDestination(Policies.WithTimeouts(request: 2 * Second), Never);
        var start = destination.Time.GetUtcNow();

        var failure = await Assert.ThrowsAsync<MeshException>(() => destination.RunAsync(destination.SendAsync(HttpMethod.Get)));

        Assert.Equal(MeshErrorCode.RequestTimeout, failure.Code);
        Assert.True(destination.Time.GetUtcNow() - start >= 2 * Second);
        Assert.Equal("Cancelled", Assert.Single(destination.Trace.Attempts).Outcome);
    }

    [Fact]
    public async Task AttemptTimeout_IsRetriedElsewhereWhereThePolicyListsIt()
    {
        string? first = null;
        var destination = new FakeDestination(Policies.WithTimeouts(2 * Second, Second / 2, RetryCondition.AttemptTimeout), (endpoint, request, cancellationToken) =>
            (first ??= endpoint) == endpoint ? Never(endpoint, request, cancellationToken) : Task.FromResult(new HttpResponseMessage()));

        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));

        Assert.Equal(["AttemptTimeout", "200"], destination.Trace.Attempts.Select(attempt => attempt.Outcome));
        Assert.NotEqual(destination.Sent[0], destination.Sent[1]);
    }

    [Fact]
    public async Task AttemptTimeout_IsTheAnswerWhereItIsNotRetried()
    {
        var destination = new FakeDestination(Policies.WithTimeouts(2 * Second, Second / 2, RetryCondition.AttemptTimeout), Never);
        var failure = await Assert.ThrowsAsync<MeshException>(() => destination.RunAsync(destination.SendAsync(HttpMethod.Post)));
        Assert.Equal(MeshErrorCode.AttemptTimeout, failure.Code);
        Assert.Single(destination.Sent);
    }

    [Fact]
    public async Task Retries_NeverOutlastTheRequestTimeout()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var policy = Policies.WithTimeouts(Second, TimeSpan.FromMilliseconds(300), RetryCondition.AttemptTimeout);
            policy.Retries.Attempts = 100;
            var destination = new FakeDestination(policy, Never);
            var failure = await Assert.ThrowsAsync<MeshException>(() => destination.RunAsync(destination.SendAsync(HttpMethod.Get)));
            Assert.Equal(MeshErrorCode.RequestTimeout, failure.Code);
            Assert.InRange(destination.Sent.Count, 1, 4);
        }
    }

    [Fact]
    public async Task Answer_StopsTheClocksButNotTheClientsToken()
    {
        var token = CancellationToken.None;
        var destination = new FakeDestination(Policies.WithTimeouts(2 * Second, Second), (_, _, cancellationToken) =>
        {
            token = cancellationToken;
            return Task.FromResult(new HttpResponseMessage());
        });
        using var client = new CancellationTokenSource();

        using var response = await destination.SendAsync(HttpMethod.Get, client: client.Token);
        destination.Time.Advance(TimeSpan.FromHours(1));
        Assert.False(token.IsCancellationRequested);
        await client.CancelAsync();
        Assert.True(token.IsCancellationRequested);
    }

    [Fact]
    public async Task ClientThatLeaves_IsNoTimeout()
    {
        using var client = new CancellationTokenSource();
        var destination = new FakeDestination(Policies.WithTimeouts(2 * Second, Second), Never);
        var sending = destination.SendAsync(HttpMethod.Get, client: client.Token);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Equal("Cancelled", Assert.Single(destination.Trace.Attempts).Outcome);
    }

    private static async Task<HttpResponseMessage> Never(string endpoint, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return new();
    }
}
