using System.Net;
using Grpc.Core;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Tests.Forwarding;
using Mesh.Proxy.Tests.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.LoadBalancing;

/// <summary>Ejection and the destination's breaker over real sockets, with services that really fail.</summary>
public sealed class FailingServiceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Failures => ["status", "body", "reset", "trailers"];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task OneOfThreeThatFails_IsEjected_AndLeftAlone(string failure)
    {
        var reached = 0;
        var isHttp2 = failure == "trailers";
        var protocols = isHttp2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
        await using var bad = await TestApplication.StartAsync(context =>
        {
            Interlocked.Increment(ref reached);
            return FailAsync(context, failure);
        }, protocols);
        await using var good = await TestApplication.StartAsync(context => AnswerAsync(context, StatusCode.OK), protocols);
        await using var alsoGood = await TestApplication.StartAsync(context => AnswerAsync(context, StatusCode.OK), protocols);
        var policy = BreakerPolicies.EjectingAfter(3);
        policy.CircuitBreaker.FailureGrpcCodes.Add((uint)StatusCode.Unavailable);
        var destination = new LiveDestination(Updates.Catalog, new(1), TimeProvider.System);
        destination.Apply(Updates.Whole(1, policy, $"{bad.Address}", $"{good.Address}", $"{alsoGood.Address}"));
        await using var proxy = await TestProxy.StartAsync(_ => destination.Current);
        using var client = TestProxy.NewClient(proxy.CatalogPort, isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11);

        // The verdict on an answer comes at its end, which its client may see a moment before.
        while (destination.Report([]).Endpoints.Single(endpoint => endpoint.Address == $"{bad.Address}").State != EndpointState.Ejected) await SendAsync(client, isHttp2);
        var before = Volatile.Read(ref reached);
        for (var i = 0; i < 50; i++) Assert.True(await SendAsync(client, isHttp2));
        Assert.Equal(before, Volatile.Read(ref reached));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DestinationThatFails_IsAnsweredForAtOnce_AndNotToBeRetriedAbove(bool isGrpc)
    {
        await using var bad = await TestApplication.StartAsync(context => AnswerAsync(context, StatusCode.Unavailable), isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1);
        var policy = Policies.Default(policy => policy.CircuitBreaker = new()
        {
            FailureStatuses = { new Api.Discovery.StatusRange { From = 500, To = 599 } },
            FailureGrpcCodes = { (uint)StatusCode.Unavailable },
            Destination = new() { ConsecutiveFailures = 3, OpenFor = new() { Seconds = 600 } },
        });
        var destination = new SocketDestination(policy, 1, $"{bad.Address}");
        await using var proxy = await TestProxy.StartAsync(_ => destination.Live.Current);
        using var client = TestProxy.NewClient(proxy.CatalogPort, isGrpc ? HttpVersion.Version20 : HttpVersion.Version11);

        while (true)
        {
            using var answer = await client.SendAsync(NewRequest(isGrpc), Cancellation);
            if (!answer.Headers.TryGetValues("mesh-error", out var error)) continue;
            Assert.Equal("mesh/breaker-open", error.Single());
            Assert.Equal(isGrpc ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal("exhausted", answer.Headers.GetValues("mesh-retry").Single());
            Assert.InRange(int.Parse(answer.Headers.GetValues("Retry-After").Single(), System.Globalization.CultureInfo.InvariantCulture), 1, 600);
            if (isGrpc) Assert.Equal("14", answer.Headers.GetValues("grpc-status").Single());
            return;
        }
    }

    private static async Task FailAsync(HttpContext context, string failure)
    {
        switch (failure)
        {
            case "status":
                context.Response.StatusCode = 500;
                break;
            case "body":
                context.Response.ContentLength = 1000;
                await context.Response.WriteAsync("the beginning", Cancellation);
                await context.Response.Body.FlushAsync(Cancellation);
                context.Abort();
                break;
            case "reset":
                context.Abort();
                break;
            default:
                await AnswerAsync(context, StatusCode.Unavailable);
                break;
        }
    }

    // A message and then the status in the trailers; over HTTP/1.1 a status code.
    private static async Task AnswerAsync(HttpContext context, StatusCode status)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, Cancellation);
        if (!context.Response.SupportsTrailers())
        {
            context.Response.StatusCode = status == StatusCode.OK ? 200 : 503;
            return;
        }
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(new byte[5], Cancellation);
        context.Response.AppendTrailer("grpc-status", $"{(int)status}");
    }

    private static async Task<bool> SendAsync(HttpClient client, bool isGrpc)
    {
        try
        {
            using var answer = await client.SendAsync(NewRequest(isGrpc), Cancellation);
            return answer.IsSuccessStatusCode && (!isGrpc || answer.TrailingHeaders.GetValues("grpc-status").Single() == "0");
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static HttpRequestMessage NewRequest(bool isGrpc)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(new byte[5]), Version = isGrpc ? HttpVersion.Version20 : HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (isGrpc) request.Content.Headers.ContentType = new("application/grpc");
        return request;
    }
}
