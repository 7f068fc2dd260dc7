using System.Net;
using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Discovery;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Resilience;

public sealed class BulkheadTests
{
    private readonly List<TaskCompletionSource<HttpResponseMessage>> _waiting = [];

    [Fact]
    public async Task RequestsBeyondTheLimit_AreRefusedAtOnce()
    {
        var destination = Given(places: 2, queue: 0);
        Task<HttpResponseMessage>[] sent = [destination.SendAsync(HttpMethod.Get), destination.SendAsync(HttpMethod.Get)];
        Assert.Equal(MeshErrorCode.ConcurrencyLimit, Refusal(await destination.SendAsync(HttpMethod.Get)));
        Assert.Equal(2, destination.Sent.Count);

        foreach (var request in _waiting) request.SetResult(new());
        foreach (var request in sent) (await request).Dispose();
    }

    [Fact]
    public async Task Place_IsFreeOnceTheAnswerHasEnded()
    {
        var destination = Given(places: 1, queue: 0);
        var first = destination.SendAsync(HttpMethod.Get);
        var trace = destination.Trace;
        _waiting[0].SetResult(new());
        using var answer = await first;
        Assert.Equal(MeshErrorCode.ConcurrencyLimit, Refusal(await destination.SendAsync(HttpMethod.Get)));

        trace.Dispose();
        var second = destination.SendAsync(HttpMethod.Get);
        Assert.Equal(2, destination.Sent.Count);
        _waiting[1].SetException(new HttpRequestException("reset"));
        await Assert.ThrowsAsync<MeshException>(() => second);

        _ = destination.SendAsync(HttpMethod.Get);
        Assert.Equal(3, destination.Sent.Count);
    }

    [Fact]
    public async Task Queue_IsServedInOrder_AndBounded()
    {
        var destination = Given(places: 1, queue: 2);
        _ = destination.SendAsync(HttpMethod.Get);
        var trace = destination.Trace;
        var second = destination.SendAsync(HttpMethod.Get);
        var secondTrace = destination.Trace;
        var third = destination.SendAsync(HttpMethod.Get);
        Assert.Equal(MeshErrorCode.ConcurrencyLimit, Refusal(await destination.SendAsync(HttpMethod.Get)));
        Assert.Single(_waiting);

        _waiting[0].SetResult(new());
        trace.Dispose();
        await UntilAsync(() => _waiting.Count == 2);
        _waiting[1].SetResult(new(HttpStatusCode.Accepted));
        Assert.Equal(HttpStatusCode.Accepted, (await second).StatusCode);
        Assert.False(third.IsCompleted);
        secondTrace.Dispose();
        await UntilAsync(() => _waiting.Count == 3);
        _waiting[2].SetResult(new(HttpStatusCode.Created));
        Assert.Equal(HttpStatusCode.Created, (await third).StatusCode);
    }

    [Fact]
    public async Task WaitInTheQueue_IsBounded()
    {
        var destination = Given(places: 1, queue: 2);
        _ = destination.SendAsync(HttpMethod.Get);
        var start = destination.Time.GetUtcNow();
        Assert.Equal(MeshErrorCode.ConcurrencyLimit, Refusal(await destination.RunAsync(destination.SendAsync(HttpMethod.Get))));
        Assert.Equal(TimeSpan.FromSeconds(1), destination.Time.GetUtcNow() - start);
    }

    [Fact]
    public async Task ClientThatLeavesTheQueue_MakesRoomInIt()
    {
        var destination = Given(places: 1, queue: 1);
        _ = destination.SendAsync(HttpMethod.Get);
        using var client = new CancellationTokenSource();
        var leaving = destination.SendAsync(HttpMethod.Get, client: client.Token);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.False(destination.SendAsync(HttpMethod.Get).IsCompleted);
    }

    [Fact]
    public async Task ChangeOfAnotherPartOfThePolicy_LeavesPlacesTaken()
    {
        var destination = Given(places: 1, queue: 0);
        _ = destination.SendAsync(HttpMethod.Get);
        destination.Live.Apply(Updates.Delta(1, 2, policy: Policy(1, 0, policy => policy.Retries.Attempts = 1)));
        Assert.Equal(MeshErrorCode.ConcurrencyLimit, Refusal(await destination.SendAsync(HttpMethod.Get)));

        destination.Live.Apply(Updates.Delta(2, 3, policy: Policy(2, 0)));
        Assert.False(destination.SendAsync(HttpMethod.Get).IsCompleted);
    }

    [Fact]
    public async Task Retry_GivesThePlaceOfTheAttemptBeforeBack()
    {
        var policy = Policies.RetryingOn(RetryCondition.ServerError);
        policy.Concurrency = new() { MaxRequests = 1 };
        var destination = new FakeDestination(policy, (_, _, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.InternalServerError)));
        using var answer = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal(3, destination.Sent.Count);
    }

    private static MeshErrorCode Refusal(HttpResponseMessage response) => Assert.IsType<RefusedResponse>(response).Reason.Code;

    private static Policy Policy(uint places, uint queue, Action<Policy>? change = null) => Policies.Default(policy =>
    {
        policy.Concurrency = new() { MaxRequests = places, QueueLength = queue, QueueTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) };
        change?.Invoke(policy);
    });

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(1, TestContext.Current.CancellationToken);
    }

    private FakeDestination Given(uint places, uint queue) => new(Policy(places, queue), (_, _, _) =>
    {
        var answer = new TaskCompletionSource<HttpResponseMessage>();
        _waiting.Add(answer);
        return answer.Task;
    });
}
