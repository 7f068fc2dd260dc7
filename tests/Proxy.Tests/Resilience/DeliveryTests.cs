using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Tests.Forwarding;
using Mesh.Proxy.Tests.Routing;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Resilience;

/// <summary>How often a request arrives while connections die under it, with a policy that retries all it can.</summary>
public sealed class DeliveryTests
{
    private const int Kills = 1000;

    private readonly ConcurrentDictionary<string, int> _delivered = new();
    private int _answered;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_IsDeliveredAtMostOnce_WhereverAThousandConnectionsBreak()
    {
        await SendThroughKilledConnectionsAsync(HttpMethod.Post, Kills);
        Assert.DoesNotContain(_delivered, request => request.Value > 1);
        // The test sees deliveries, and retries of what never left for the application are made.
        Assert.True(_delivered.Count > Kills / 4);
        Assert.True(_answered > 0);
    }

    [Fact]
    public async Task Put_IsDeliveredAgain_WhichShowsThatTheTestWouldSeeIt()
    {
        await SendThroughKilledConnectionsAsync(HttpMethod.Put, Kills / 10);
        Assert.Contains(_delivered, request => request.Value > 1);
    }

    [Fact]
    public async Task PostOverHttp2_IsDeliveredAtMostOnce_WhenItsConnectionIsAborted()
    {
        var random = new Random(1);
        var aborted = 0;
        await using var backend = await Backend.StartAsync(async context =>
        {
            int point;
            lock (random) point = random.Next(12);
            if (point == 0) Abort(context);
            await context.Request.Body.CopyToAsync(Stream.Null);
            _delivered.AddOrUpdate(context.Request.Headers["x-id"].ToString(), 1, (_, before) => before + 1);
            if (point == 1) Abort(context);
            await context.Response.WriteAsync("hello");
            if (point == 2) Abort(context);
        }, HttpProtocols.Http2);
        await using var proxy = await StartProxyAsync(backend.Address);
        using var client = TestProxy.NewClient(proxy.CatalogPort, HttpVersion.Version20);
        await Parallel.ForAsync(0, 600, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation }, (id, _) => SendAsync(client, HttpMethod.Post, id));

        Assert.DoesNotContain(_delivered, request => request.Value > 1);
        Assert.True(aborted > 50);

        void Abort(HttpContext context)
        {
            Interlocked.Increment(ref aborted);
            context.Features.Get<IConnectionLifetimeFeature>()?.Abort();
            context.Abort();
        }
    }

    private async Task SendThroughKilledConnectionsAsync(HttpMethod method, int kills)
    {
        await using var first = new KillingBackend(1, _delivered);
        await using var second = new KillingBackend(2, _delivered);
        using var refusing = new RefusingPort();
        await using var proxy = await StartProxyAsync(first.Address, second.Address, refusing.Address);
        using var client = TestProxy.NewClient(proxy.CatalogPort);
        var id = 0;
        while (first.Killed + second.Killed < kills)
        {
            await Parallel.ForAsync(id, id += 100, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation }, (id, _) => SendAsync(client, method, id));
        }
    }

    private async ValueTask SendAsync(HttpClient client, HttpMethod method, int id)
    {
        using var request = new HttpRequestMessage(method, new Uri("/", UriKind.Relative))
        {
            Version = client.DefaultRequestVersion,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            // Without a body, with one of known length, and chunked.
            Content = id % 3 == 0 ? null : new OnceContent(new byte[id % 1000], lengthKnown: id % 3 == 1),
        };
        request.Headers.Add("x-id", id.ToString(CultureInfo.InvariantCulture));
        try
        {
            using var answer = await client.SendAsync(request, Cancellation);
            if (answer.IsSuccessStatusCode) Interlocked.Increment(ref _answered);
        }
        catch (HttpRequestException)
        {
            // An answer that broke off.
        }
    }

    private static Task<TestProxy> StartProxyAsync(params string[] endpoints)
    {
        var policy = Policies.RetryingOn(
            RetryCondition.ConnectFailure, RetryCondition.RefusedStream, RetryCondition.Reset, RetryCondition.GatewayError, RetryCondition.ServerError, RetryCondition.AttemptTimeout);
        policy.Retries.Budget = new() { Percent = 100, MinPerSecond = 1000 };
        policy.Retries.BackoffBase = policy.Retries.BackoffMax = new();
        var destination = new SocketDestination(policy, 1, endpoints);
        return TestProxy.StartAsync(_ => destination.Live.Current);
    }
}
