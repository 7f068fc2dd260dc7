using System.Net;
using System.Net.Sockets;
using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Resilience;
using Mesh.Proxy.Tests.Routing;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Forwarding;

public sealed class ConnectionTests
{
    private static readonly Version Http2 = new(2, 0);

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task RefusedConnection_IsTriedElsewhereWithTheWholeBodyThoughItCanBeReadOnce(HttpProtocols protocols)
    {
        using var refusing = new RefusingPort();
        await using var backend = await Backend.StartAsync(EchoLengthAsync, protocols);
        var retried = 0;
        for (var seed = 0; seed < 20; seed++)
        {
            var destination = new SocketDestination(Policies.Default(), seed, refusing.Address, backend.Address);
            var (response, attempts) = await destination.SendAsync(HttpMethod.Post, new OnceContent(new byte[1_000_000], lengthKnown: seed % 2 == 0), VersionOf(protocols));
            using (response) Assert.Equal("1000000", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal("200", attempts[^1].Outcome);
            if (attempts.Count == 1) continue;
            retried++;
            Assert.Equal("ConnectFailure", attempts[0].Outcome);
            Assert.Single(destination.Live.Report([]).Endpoints, endpoint => endpoint.State == EndpointState.SetAside && endpoint.Address == refusing.Address);
        }
        Assert.InRange(retried, 1, 19);
        Assert.Equal(20, backend.Requests);
    }

    [Fact]
    public async Task RefusedStream_IsTriedElsewhereWhateverTheMethod()
    {
        await using var refusing = await Backend.StartAsync(context =>
        {
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset((int)Http2ErrorCode.RefusedStream);
            return Task.CompletedTask;
        }, HttpProtocols.Http2);
        await using var backend = await Backend.StartAsync(EchoLengthAsync, HttpProtocols.Http2);
        var retried = 0;
        for (var seed = 0; seed < 20; seed++)
        {
            var destination = new SocketDestination(Policies.Default(), seed, refusing.Address, backend.Address);
            var (response, attempts) = await destination.SendAsync(HttpMethod.Post, new OnceContent(new byte[1000]), Http2);
            using (response) Assert.Equal("1000", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            if (attempts.Count == 1) continue;
            retried++;
            Assert.Equal("RefusedStream", attempts[0].Outcome);
        }
        Assert.InRange(retried, 1, 19);
        Assert.Equal(20, backend.Requests);
    }

    [Theory]
    [InlineData("POST", 0)]
    [InlineData("POST", 100)]
    [InlineData("PATCH", 0)]
    public async Task ConnectionThatBreaksBeforeTheAnswer_NeverSendsWhatIsNotIdempotentTwice(string method, int bodyLength)
    {
        // Once on a new connection, once on one that was kept.
        for (var answersBefore = 0; answersBefore < 2; answersBefore++)
        {
            await using var backend = new BreakingBackend(answersBefore);
            var destination = new SocketDestination(Policies.RetryingOn(RetryCondition.ConnectFailure, RetryCondition.Reset), 1, backend.Address);
            for (var i = 0; i < answersBefore; i++) (await destination.SendAsync(HttpMethod.Get)).Response.Dispose();

            var content = bodyLength == 0 ? null : new OnceContent(new byte[bodyLength]);
            var failure = await Assert.ThrowsAsync<MeshException>(() => destination.SendAsync(new(method), content));

            Assert.Equal(MeshErrorCode.UpstreamFailed, failure.Code);
            Assert.Equal(RetryCondition.Reset, failure.Condition);
            Assert.Equal(answersBefore + 1, backend.Requests);
        }
    }

    [Fact]
    public async Task ConnectionThatBreaksBeforeTheAnswer_IsTriedElsewhereForAListedMethod()
    {
        await using var breaking = new BreakingBackend(0);
        await using var backend = await Backend.StartAsync(EchoLengthAsync);
        for (var seed = 0; seed < 10; seed++)
        {
            var destination = new SocketDestination(Policies.RetryingOn(RetryCondition.Reset), seed, breaking.Address, backend.Address);
            (await destination.SendAsync(HttpMethod.Put, new OnceContent(new byte[10]))).Response.Dispose();
        }
        Assert.Equal(10, backend.Requests);
        Assert.InRange(breaking.Requests, 1, 9);
    }

    [Fact]
    public async Task UnavailableAnswer_IsTriedElsewhere()
    {
        await using var failing = await Backend.StartAsync(context =>
        {
            context.Response.StatusCode = 503;
            return context.Response.WriteAsync(new string('x', 10_000));
        });
        await using var backend = await Backend.StartAsync(EchoLengthAsync);
        var policy = Policies.RetryingOn(RetryCondition.GatewayError);
        // As many as half of them may fail within one second.
        policy.Retries.Budget.MinPerSecond = 20;
        var destination = new SocketDestination(policy, 1, failing.Address, backend.Address);
        for (var i = 0; i < 20; i++)
        {
            var (response, attempts) = await destination.SendAsync(HttpMethod.Get);
            using (response) Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.InRange(attempts.Count, 1, 2);
        }
        Assert.NotEqual(0, failing.Requests);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task EndpointsReplacedUnderLoad_FailNoRequest(HttpProtocols protocols)
    {
        var backends = new Queue<Backend>();
        for (var i = 0; i < 3; i++) backends.Enqueue(await Backend.StartAsync(EchoLengthAsync, protocols));
        var destination = new SocketDestination(Policies.Default(policy => policy.Retries.Attempts = 0), 1, backends.Select(backend => backend.Address));
        using var done = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var sent = 0;
            for (; !done.IsCancellationRequested; sent++)
            {
                var (response, _) = await destination.SendAsync(HttpMethod.Post, new OnceContent(new byte[100]), VersionOf(protocols));
                using (response) Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }
            return sent;
        })).ToArray();

        for (ulong version = 1; version < 19; version += 2)
        {
            var replacement = await Backend.StartAsync(EchoLengthAsync, protocols);
            backends.Enqueue(replacement);
            destination.Live.Apply(Updates.Delta(version, version + 1, added: [replacement.Address]));
            await EventuallyAsync(() => replacement.Requests > 0);
            var leaving = backends.Dequeue();
            destination.Live.Apply(Updates.Delta(version + 1, version + 2, removed: [leaving.Address]));
            await EventuallyAsync(() => destination.Live.Report([]).Endpoints.All(endpoint => endpoint.Address != leaving.Address));
            await leaving.DisposeAsync();
        }
        await done.CancelAsync();
        Assert.All(await Task.WhenAll(clients), sent => Assert.NotEqual(0, sent));
        foreach (var backend in backends) await backend.DisposeAsync();
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task AnswerUnderWay_IsFinishedThoughItsEndpointHasLeft(HttpProtocols protocols)
    {
        var goOn = new TaskCompletionSource();
        await using var backend = await Backend.StartAsync(async context =>
        {
            await context.Response.WriteAsync("first ");
            await context.Response.Body.FlushAsync();
            await goOn.Task;
            await context.Response.WriteAsync("last");
        }, protocols);
        var destination = new SocketDestination(Policies.WithTimeouts(request: TimeSpan.FromSeconds(30)), 1, backend.Address);
        using var trace = new RequestTrace();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://mesh/") { Version = VersionOf(protocols), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Options.Set(RequestTrace.Key, trace);
        using var response = await destination.Live.Current!.Invoker.SendAsync(request, TestContext.Current.CancellationToken);

        destination.Live.Apply(Updates.Delta(1, 2, removed: [backend.Address]));
        goOn.SetResult();

        Assert.Equal("first last", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        trace.Dispose();
        Assert.Empty(destination.Live.Report([]).Endpoints);
    }

    [Fact]
    public async Task ConnectTimeout_IsAConnectFailure()
    {
        // Linux drops what comes to a full accept queue, so a further connection is neither taken nor refused.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var address = (IPEndPoint)full.LocalEndPoint!;
        using var waiting = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await waiting.ConnectAsync(address, TestContext.Current.CancellationToken);

        var time = new FakeTimeProvider();
        using var connections = new HttpMessageInvoker(new EndpointConnections(address, () => TimeSpan.FromSeconds(1), time));
        var sending = connections.SendAsync(new(HttpMethod.Get, "http://mesh/"), TestContext.Current.CancellationToken);
        while (!sending.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => sending);
        Assert.Equal(HttpRequestError.ConnectionError, failure.HttpRequestError);
        Assert.Contains("timeouts.connect", failure.ToString(), StringComparison.Ordinal);
    }

    private static async Task EchoLengthAsync(HttpContext context)
    {
        var length = 0;
        var buffer = new byte[64 * 1024];
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read) length += read;
        await context.Response.WriteAsync($"{length}", context.RequestAborted);
    }

    private static Version VersionOf(HttpProtocols protocols) => protocols == HttpProtocols.Http2 ? Http2 : new(1, 1);

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(5, TestContext.Current.CancellationToken);
    }

    private enum Http2ErrorCode
    {
        RefusedStream = 0x7,
    }
}
