using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Mesh.Api.Discovery;
using Mesh.Proxy.Resilience;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Discovery;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Resilience;

public sealed class RetryTests
{
    [Fact]
    public async Task ConnectFailure_IsSentToEachOtherEndpointWhateverTheMethod()
    {
        var destination = new FakeDestination(Policies.Default(), Failing(ConnectFailure));

        var failure = await Assert.ThrowsAsync<MeshException>(() => destination.RunAsync(destination.SendAsync(HttpMethod.Post, new StringContent("x"))));

        Assert.Equal(MeshErrorCode.ConnectFailed, failure.Code);
        Assert.Equal(3, destination.Sent.Distinct().Count());
        Assert.Equal(3, destination.Sent.Count);
        Assert.Equal(["ConnectFailure", "ConnectFailure", "ConnectFailure"], destination.Trace.Attempts.Select(attempt => attempt.Outcome));
    }

    [Theory]
    [InlineData(503, RetryCondition.GatewayError, 3)]
    [InlineData(502, RetryCondition.GatewayError, 3)]
    [InlineData(504, RetryCondition.ServerError, 3)]
    [InlineData(500, RetryCondition.ServerError, 3)]
    [InlineData(500, RetryCondition.GatewayError, 1)]
    [InlineData(503, RetryCondition.Reset, 1)]
    [InlineData(404, RetryCondition.ServerError, 1)]
    [InlineData(200, RetryCondition.ServerError, 1)]
    public async Task Status_IsRetriedWhereThePolicyListsIt(int status, RetryCondition listed, int attempts)
    {
        var destination = new FakeDestination(Policies.RetryingOn(listed), Answering(() => new((HttpStatusCode)status)));
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(attempts, destination.Sent.Count);
    }

    [Theory]
    [InlineData("14", RetryCondition.GatewayError, 3)]
    [InlineData("14", RetryCondition.ServerError, 3)]
    [InlineData("13", RetryCondition.ServerError, 3)]
    [InlineData("13", RetryCondition.GatewayError, 1)]
    [InlineData("5", RetryCondition.ServerError, 1)]
    public async Task GrpcStatusInATrailersOnlyAnswer_IsRetriedWhereThePolicyListsIt(string status, RetryCondition listed, int attempts)
    {
        var policy = Policies.RetryingOn(listed);
        policy.Retries.Methods.Add("POST");
        var destination = new FakeDestination(policy, Answering(() =>
        {
            var response = new HttpResponseMessage();
            response.Headers.Add("grpc-status", status);
            return response;
        }));
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Post, new ByteArrayContent([1]), HttpVersion.Version20));
        Assert.Equal(attempts, destination.Sent.Count);
    }

    [Theory]
    [InlineData(RetryCondition.Reset)]
    [InlineData(RetryCondition.ServerError)]
    public async Task MethodThatIsNotListed_IsNotSentAgainOnceTheApplicationMayHaveSeenIt(RetryCondition listed)
    {
        var destination = new FakeDestination(Policies.RetryingOn(listed), (_, _, _) => listed == RetryCondition.Reset
            ? throw new HttpRequestException("reset")
            : Task.FromResult(new HttpResponseMessage(HttpStatusCode.ServiceUnavailable)));
        await Record.ExceptionAsync(() => destination.RunAsync(destination.SendAsync(HttpMethod.Post)));
        Assert.Single(destination.Sent);
    }

    [Theory]
    [InlineData(429, 3)]
    [InlineData(404, 3)]
    [InlineData(500, 1)]
    public async Task ListedStatusCode_IsRetried(int status, int attempts)
    {
        var policy = Policies.RetryingOn();
        policy.Retries.StatusCodes.Add([429, 404]);
        var destination = new FakeDestination(policy, Answering(() => new((HttpStatusCode)status)));
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        Assert.Equal(attempts, destination.Sent.Count);
    }

    [Theory]
    [InlineData("8", 3)]
    [InlineData("14", 1)]
    [InlineData("0", 1)]
    public async Task ListedGrpcCode_IsRetried(string status, int attempts)
    {
        var policy = Policies.RetryingOn();
        policy.Retries.GrpcCodes.Add(8);
        policy.Retries.Methods.Add("POST");
        var destination = new FakeDestination(policy, Answering(() => GrpcAnswer(status)));
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Post, new ByteArrayContent([1]), HttpVersion.Version20));
        Assert.Equal(attempts, destination.Sent.Count);
    }

    [Theory]
    [InlineData("a1", 3)]
    [InlineData("", 1)]
    public async Task IdempotencyKey_MakesAnyMethodSafe(string key, int attempts)
    {
        var bodies = new List<string>();
        var destination = new FakeDestination(Policies.RetryingOn(RetryCondition.ServerError), async (_, request, cancellationToken) =>
        {
            bodies.Add(await request.Content!.ReadAsStringAsync(cancellationToken));
            return new(HttpStatusCode.InternalServerError);
        });
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Post, new OnceContent([(byte)'x']), headers: ("Idempotency-Key", key)));
        Assert.Equal(Enumerable.Repeat("x", attempts), bodies);
    }

    [Theory]
    [InlineData("2", 1.0, 3)]
    [InlineData("soon", 0.0, 3)]
    public async Task RetryAfter_IsWaitedFor(string after, double seconds, int attempts)
    {
        var destination = new FakeDestination(Policies.WithTimeouts(request: TimeSpan.FromSeconds(10), retryOn: RetryCondition.GatewayError), Answering(() => AskingFor(after)));
        var start = destination.Time.GetUtcNow();
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        Assert.Equal(attempts, destination.Sent.Count);
        Assert.True(destination.Time.GetUtcNow() - start >= 2 * TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task RetryAfterADate_IsWaitedFor()
    {
        FakeDestination destination = null!;
        DateTimeOffset? first = null;
        destination = new(Policies.RetryingOn(RetryCondition.GatewayError), Answering(() =>
        {
            first ??= destination.Time.GetUtcNow();
            return AskingFor((first.Value + TimeSpan.FromSeconds(3)).ToString("R"));
        }));
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        Assert.True(destination.Time.GetUtcNow() - first >= TimeSpan.FromSeconds(2));
        Assert.Equal(3, destination.Sent.Count);
    }

    [Theory]
    [InlineData(5, "6", "mesh")]
    [InlineData(null, "31", "mesh")]
    [InlineData(null, "86400", "mesh")]
    [InlineData(5, "-1", "grpc")]
    public async Task RetryThatCannotBeMadeInTime_IsNotMade(int? timeout, string after, string kind)
    {
        var policy = Policies.WithTimeouts(request: timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null, retryOn: RetryCondition.GatewayError);
        var destination = new FakeDestination(policy, Answering(() =>
        {
            if (kind is "mesh") return AskingFor(after);
            var answer = GrpcAnswer("14");
            answer.Headers.Add("grpc-retry-pushback-ms", after);
            return answer;
        }));
        var start = destination.Time.GetUtcNow();
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        Assert.Single(destination.Sent);
        Assert.Equal(start, destination.Time.GetUtcNow());
        Assert.Equal("exhausted", response.Headers.GetValues("mesh-retry").Single());
    }

    [Fact]
    public async Task FailureThatWasRetriedBelow_IsNotRetriedAgain()
    {
        var destination = new FakeDestination(Policies.RetryingOn(RetryCondition.ServerError), Answering(() =>
        {
            var answer = new HttpResponseMessage(HttpStatusCode.BadGateway);
            answer.Headers.Add("mesh-retry", "exhausted");
            return answer;
        }));
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        Assert.Single(destination.Sent);
        Assert.Equal("exhausted", response.Headers.GetValues("mesh-retry").Single());
    }

    [Theory]
    [InlineData("GET", 2, 500, true)]
    [InlineData("GET", 0, 500, false)]
    [InlineData("POST", 2, 500, false)]
    [InlineData("GET", 2, 404, false)]
    public async Task FailureAfterRetries_IsMarked(string method, int attempts, int status, bool marked)
    {
        var policy = Policies.RetryingOn(RetryCondition.ServerError);
        policy.Retries.Attempts = (uint)attempts;
        var destination = new FakeDestination(policy, Answering(() => new((HttpStatusCode)status)));
        using var response = await destination.RunAsync(destination.SendAsync(new(method)));
        Assert.Equal(marked, response.Headers.Contains("mesh-retry"));
    }

    [Fact]
    public async Task SuccessAfterARetry_IsNotMarked()
    {
        var sent = 0;
        var destination = new FakeDestination(Policies.RetryingOn(RetryCondition.ServerError), Answering(
            () => new(sent++ == 0 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK)));
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        Assert.Equal(2, sent);
        Assert.False(response.Headers.Contains("mesh-retry"));
    }

    [Fact]
    public async Task ApplicationThatItsSidecarCannotReach_HasSeenNothing()
    {
        var bodies = new List<string>();
        var destination = new FakeDestination(Policies.Default(), async (_, request, cancellationToken) =>
        {
            bodies.Add(await request.Content!.ReadAsStringAsync(cancellationToken));
            var answer = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            answer.Headers.Add("mesh-error", "mesh/application-unavailable");
            return answer;
        });
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Post, new OnceContent([(byte)'x'])));
        Assert.Equal(["x", "x", "x"], bodies);
        Assert.Equal(3, destination.Sent.Distinct().Count());
        Assert.All(destination.Trace.Attempts, attempt => Assert.True(attempt.Endpoint.SetAside.IsActive));
    }

    [Fact]
    public async Task Attempts_AreRetriedOnlyAsOftenAsThePolicySays()
    {
        for (var attempts = 0u; attempts < 5; attempts++)
        {
            var policy = Policies.RetryingOn(RetryCondition.ServerError);
            policy.Retries.Attempts = attempts;
            var destination = new FakeDestination(policy, Answering(() => new(HttpStatusCode.InternalServerError)));
            using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
            Assert.Equal(attempts + 1, (uint)destination.Sent.Count);
        }
    }

    [Fact]
    public async Task ExhaustedBudget_PassesTheFailureOnAndSaysSo()
    {
        var policy = Policies.RetryingOn(RetryCondition.ServerError);
        policy.Retries.Budget = new() { Percent = 0, MinPerSecond = 0 };
        var destination = new FakeDestination(policy, Answering(() => new(HttpStatusCode.InternalServerError)));
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        Assert.Single(destination.Sent);
        Assert.True(destination.Trace.BudgetExhausted);
    }

    [Fact]
    public async Task LastFailure_TakesNothingFromTheBudget()
    {
        var policy = Policies.RetryingOn(RetryCondition.ServerError);
        policy.Retries.Attempts = 1;
        policy.Retries.Budget = new() { Percent = 100, MinPerSecond = 0 };
        var destination = new FakeDestination(policy, Answering(() => new(HttpStatusCode.InternalServerError)));
        for (var i = 0; i < 20; i++)
        {
            using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
            Assert.False(destination.Trace.BudgetExhausted);
        }
    }

    [Fact]
    public async Task FailedAnswer_IsDisposed()
    {
        var disposed = 0;
        var destination = new FakeDestination(Policies.RetryingOn(RetryCondition.ServerError), Answering(
            () => new(HttpStatusCode.InternalServerError) { Content = new DisposableContent(() => disposed++) }));
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        Assert.Equal(2, disposed);
    }

    [Fact]
    public async Task ClientThatHasGone_IsNotRetriedFor()
    {
        using var client = new CancellationTokenSource();
        var destination = new FakeDestination(Policies.RetryingOn(RetryCondition.ServerError), (_, _, _) =>
        {
            client.Cancel();
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.InternalServerError));
        });
        await Record.ExceptionAsync(() => destination.RunAsync(destination.SendAsync(HttpMethod.Get, client: client.Token)));
        Assert.Single(destination.Sent);
    }

    [Fact]
    public async Task SmallBody_IsSentWholeAgain()
    {
        var bodies = new List<byte[]>();
        var destination = new FakeDestination(Policies.RetryingOn(RetryCondition.ServerError), async (_, request, cancellationToken) =>
        {
            bodies.Add(await request.Content!.ReadAsByteArrayAsync(cancellationToken));
            return new(HttpStatusCode.InternalServerError);
        });
        var sent = new byte[RepeatableBody.LargestKept];
        new Random(1).NextBytes(sent);
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Put, new OnceContent(sent)));
        Assert.Equal(3, bodies.Count);
        Assert.All(bodies, body => Assert.Equal(sent, body));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BodyThatIsTooLarge_IsNotSentAgainOnceBegun(bool lengthKnown)
    {
        var destination = new FakeDestination(Policies.RetryingOn(RetryCondition.Reset, RetryCondition.ServerError), async (_, request, cancellationToken) =>
        {
            await request.Content!.CopyToAsync(Stream.Null, cancellationToken);
            return new(HttpStatusCode.InternalServerError);
        });
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Put, new OnceContent(new byte[RepeatableBody.LargestKept + 1], lengthKnown)));
        Assert.Single(destination.Sent);
    }

    [Fact]
    public async Task BodyThatBreaksOff_IsNotSentAgain()
    {
        var destination = new FakeDestination(Policies.RetryingOn(RetryCondition.Reset), async (_, request, cancellationToken) =>
        {
            await request.Content!.CopyToAsync(Stream.Null, cancellationToken);
            return new();
        });
        var body = new OpenContent();
        var sending = destination.SendAsync(HttpMethod.Put, body);
        await body.WriteAsync("a");
        body.Break();
        await Record.ExceptionAsync(() => destination.RunAsync(sending));
        Assert.Single(destination.Sent);
    }

    [Fact]
    public async Task BodyUnderWay_GoesOnAfterTheAttemptTimedOut()
    {
        var bodies = new ConcurrentQueue<MemoryStream>();
        var destination = new FakeDestination(Policies.WithTimeouts(attempt: TimeSpan.FromSeconds(1), retryOn: RetryCondition.AttemptTimeout), async (_, request, cancellationToken) =>
        {
            var received = new MemoryStream();
            bodies.Enqueue(received);
            await request.Content!.CopyToAsync(received, cancellationToken);
            return new();
        });
        var body = new OpenContent();
        var sending = destination.SendAsync(HttpMethod.Put, body);
        await body.WriteAsync("a");
        for (var attempts = 2; attempts <= 3; attempts++)
        {
            while (bodies.Count < attempts)
            {
                destination.Time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Yield();
            }
            await body.WriteAsync("b");
        }
        body.End();
        using var response = await sending;
        Assert.Equal(["a", "ab", "abb"], bodies.Select(received => Encoding.ASCII.GetString(received.ToArray())));
    }

    [Fact]
    public async Task BodyThatTheEndpointIsSlowToTake_IsNotReadFurther()
    {
        using var endpoint = new StoppableStream();
        var destination = new FakeDestination(Policies.RetryingOn(RetryCondition.ServerError), async (_, request, cancellationToken) =>
        {
            await request.Content!.CopyToAsync(endpoint, cancellationToken);
            return new();
        });
        var body = new OpenContent();
        var sending = destination.SendAsync(HttpMethod.Put, body);
        var piece = new string('x', 10_000);
        for (var i = 0; i < 10; i++) await body.WriteAsync(piece);
        endpoint.Stop();
        var writing = body.WriteAsync(piece);
        Assert.False(writing.IsCompleted);
        Assert.Equal(100_000, endpoint.Taken);

        endpoint.GoOn();
        await writing;
        body.End();
        using var response = await sending;
        Assert.Equal(110_000, endpoint.Taken);
    }

    [Fact]
    public async Task AnsweredAttemptThatStillSends_MakesRoomForTheNext()
    {
        using var stuck = new StoppableStream();
        stuck.Stop();
        Task? copying = null;
        byte[] received = [];
        var destination = new FakeDestination(Policies.RetryingOn(RetryCondition.ServerError), async (_, request, cancellationToken) =>
        {
            if (copying is null)
            {
                copying = request.Content!.CopyToAsync(stuck, CancellationToken.None);
                return new(HttpStatusCode.InternalServerError);
            }
            received = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
            return new();
        });
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Put, new OnceContent([1, 2, 3], lengthKnown: false)));
        Assert.Equal([1, 2, 3], received);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copying!);
    }

    [Fact]
    public async Task BodyThatNoAttemptWaitsFor_IsNoLongerRead()
    {
        var destination = new FakeDestination(Policies.RetryingOn(RetryCondition.ServerError), async (_, request, cancellationToken) =>
        {
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var copying = request.Content!.CopyToAsync(Stream.Null, soon.Token);
            await soon.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copying);
            return new();
        });
        using var body = new EndlessContent();
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Put, body));
        await body.Cancelled.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task BodyThatWasNotBegun_IsSentAfterAllThoughItIsLarge()
    {
        var received = 0L;
        var destination = new FakeDestination(Policies.RetryingOn(RetryCondition.ServerError), async (_, request, cancellationToken) =>
        {
            if (received++ == 0) return new(HttpStatusCode.ServiceUnavailable);
            received = (await request.Content!.ReadAsByteArrayAsync(cancellationToken)).Length;
            return new(HttpStatusCode.OK);
        });
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Put, new OnceContent(new byte[1_000_000])));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1_000_000, received);
    }

    [Fact]
    public async Task BodyThatNoRetryCouldWant_IsNotRead()
    {
        HttpContent? seen = null;
        var content = new OnceContent(new byte[10]);
        var destination = new FakeDestination(Policies.RetryingOn(RetryCondition.Reset), (_, request, _) =>
        {
            seen = request.Content;
            return Task.FromResult(new HttpResponseMessage());
        });
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Post, content));
        Assert.Same(content, seen);
    }

    private static HttpRequestException ConnectFailure() => new(HttpRequestError.ConnectionError, "refused");

    private static Func<string, HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> Failing(Func<Exception> failure) =>
        (_, _, _) => Task.FromException<HttpResponseMessage>(failure());

    private static Func<string, HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> Answering(Func<HttpResponseMessage> answer) =>
        (_, _, _) => Task.FromResult(answer());

    private static HttpResponseMessage GrpcAnswer(string status)
    {
        var answer = new HttpResponseMessage();
        answer.Headers.Add("grpc-status", status);
        return answer;
    }

    private static HttpResponseMessage AskingFor(string after)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        answer.Headers.TryAddWithoutValidation("Retry-After", after);
        return answer;
    }

    private sealed class DisposableContent(Action disposed) : ByteArrayContent([])
    {
        protected override void Dispose(bool disposing)
        {
            disposed();
            base.Dispose(disposing);
        }
    }
    private sealed class StoppableStream : MemoryStream
    {
        private TaskCompletionSource? _stopped;

        public long Taken => Length;

        public void Stop() => _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void GoOn() => _stopped!.SetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_stopped is { } stopped) await stopped.Task.WaitAsync(cancellationToken);
            await base.WriteAsync(buffer, cancellationToken);
        }
    }

    private sealed class EndlessContent : HttpContent
    {
        private readonly TaskCompletionSource _cancelled = new();

        public Task Cancelled => _cancelled.Task;

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => throw new NotSupportedException();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            cancellationToken.Register(() => _cancelled.SetResult());
            return Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
