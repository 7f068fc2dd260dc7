using System.Net;
using System.Text.Json.Nodes;
using Mesh.Proxy.Tests.Discovery;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Inbound;

/// <summary>The policy of the inbound side over real sockets.</summary>
public sealed class InboundPolicyTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Policy_IsAskedForAtTheStart_AndHoldsFromTheMomentItArrives()
    {
        await using var @operator = await FakeOperator.StartAsync();
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("a"));
        await using var proxy = await TestProxy.StartAsync(application: application.Address, @operator: @operator.Address);
        using var client = TestProxy.NewClient(proxy.Inbound);
        var authority = $"inbound:{application.Address.Port}";
        var stream = await @operator.NextStreamAsync();
        Assert.Equal(authority, (await stream.NextAsync()).Subscribe.Authority);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(client));

        await stream.ResolveAsync(authority, InboundPolicies.Name);
        await stream.SendAsync(InboundPolicies.Update(1, policy => policy.RateLimit = new() { Total = InboundPolicies.Burst(1) }));
        Assert.Equal(1ul, (await stream.NextAsync()).Acknowledge.Version);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(client));
        Assert.Equal(HttpStatusCode.TooManyRequests, await GetAsync(client));

        await stream.SendAsync(InboundPolicies.Update(2, policy =>
        {
            policy.RateLimit = new() { Total = InboundPolicies.Burst(1) };
            policy.Retries.Attempts = 1;
        }));
        Assert.Equal(2ul, (await stream.NextAsync()).Acknowledge.Version);
        Assert.Equal(HttpStatusCode.TooManyRequests, await GetAsync(client));

        await stream.SendAsync(InboundPolicies.Update(3, _ => { }));
        Assert.Equal(3ul, (await stream.NextAsync()).Acknowledge.Version);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(client));
    }

    [Fact]
    public async Task RateLimit_TellsWhatIsLeft_AndRefusesWithoutTellingWhatIsBehind()
    {
        var destination = InboundPolicies.Destination(policy => policy.RateLimit = new() { Caller = InboundPolicies.Burst(2), Total = InboundPolicies.Burst(9) });
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("a"));
        await using var proxy = await TestProxy.StartAsync(application: application.Address, inbound: () => destination);
        using var client = TestProxy.NewClient(proxy.Inbound);
        using var first = await client.GetAsync(Root, Cancellation);
        await GetAsync(client);
        using var refused = await client.GetAsync(Root, Cancellation);
        var problem = JsonNode.Parse(await refused.Content.ReadAsStringAsync(Cancellation))!;

        Assert.Equal("\"caller\";r=1;t=3600", first.Headers.GetValues("RateLimit").Single());
        Assert.Equal("\"total\";q=1;w=3600;mesh-burst=9, \"caller\";q=1;w=3600;mesh-burst=2", string.Join(", ", first.Headers.GetValues("RateLimit-Policy")));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("mesh/rate-limited", refused.Headers.GetValues("mesh-error").Single());
        Assert.Equal("\"caller\";r=0;t=3600", refused.Headers.GetValues("RateLimit").Single());
        Assert.Equal("3600", refused.Headers.GetValues("Retry-After").Single());
        Assert.Equal(["type", "title", "status", "code", "id"], problem.AsObject().Select(member => member.Key));
    }

    [Fact]
    public async Task RateLimit_OfAGrpcCall_IsResourceExhausted()
    {
        var destination = InboundPolicies.Destination(policy =>
            policy.RateLimit = new() { Header = InboundPolicies.Burst(1), HeaderName = "x-api-key" });
        await using var application = await TestApplication.StartAsync(_ => Task.CompletedTask, HttpProtocols.Http2);
        await using var proxy = await TestProxy.StartAsync(application: application.Address, inbound: () => destination);
        using var client = TestProxy.NewClient(proxy.Inbound, HttpVersion.Version20);

        Assert.Equal("200 grpc-status= limited=True", await GrpcStatusAsync(client, "a"));
        Assert.Equal("200 grpc-status=8 limited=True", await GrpcStatusAsync(client, "a"));
        Assert.Equal("200 grpc-status= limited=True", await GrpcStatusAsync(client, "b"));
    }

    [Fact]
    public async Task Overload_IsShed_WhatMattersLast_AndProbesPass()
    {
        var destination = InboundPolicies.Destination(policy => policy.Concurrency = new()
        {
            Adaptive = new() { MinLimit = 2, MaxLimit = 2 },
            Priorities = { new Api.Discovery.PriorityRule { Priority = 1, Match = new() { Header = new() { Name = "x-tier", Values = { "gold" } } } } },
        });
        await using var application = new HeldApplication();
        await application.StartAsync();
        await using var proxy = await TestProxy.StartAsync(application: application.Address, inbound: () => destination);
        using var client = TestProxy.NewClient(proxy.Inbound);
        var first = SendAsync(client);
        await application.ArrivedAsync(1);

        using var plain = await SendAsync(client);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, plain.StatusCode);
        Assert.Equal("mesh/overloaded", plain.Headers.GetValues("mesh-error").Single());
        Assert.Equal("1", plain.Headers.GetValues("Retry-After").Single());
        var gold = SendAsync(client, ("x-tier", "gold"));
        await application.ArrivedAsync(2);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SendAsync(client, ("x-tier", "gold"))).StatusCode);
        var probe = SendAsync(client, ("User-Agent", "kube-probe/1.34"));
        await application.ArrivedAsync(3);

        application.Release();
        Assert.All(await Task.WhenAll(first, gold, probe), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(client)).StatusCode);
    }

    [Fact]
    public async Task StreamThatHasBegun_TakesNoPlace()
    {
        var destination = InboundPolicies.Destination(policy => policy.Concurrency = new() { Adaptive = new() { MinLimit = 1, MaxLimit = 1 } });
        var release = new TaskCompletionSource();
        await using var application = await TestApplication.StartAsync(async context =>
        {
            await context.Response.Body.FlushAsync();
            await release.Task;
        });
        await using var proxy = await TestProxy.StartAsync(application: application.Address, inbound: () => destination);
        using var client = TestProxy.NewClient(proxy.Inbound);
        var streams = new List<HttpResponseMessage>();
        for (var i = 0; i < 3; i++) streams.Add(await client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Cancellation));

        Assert.All(streams, stream => Assert.Equal(HttpStatusCode.OK, stream.StatusCode));
        release.SetResult();
        streams.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task Limit_OverRealSockets_ComesDownToWhatTheApplicationBears()
    {
        const int Workers = 4, Clients = 64;
        var destination = InboundPolicies.Destination(policy => policy.Concurrency = new() { Adaptive = new() { MinLimit = 1, MaxLimit = 1000 } });
        using var workers = new SemaphoreSlim(Workers);
        await using var application = await TestApplication.StartAsync(async context =>
        {
            await workers.WaitAsync(context.RequestAborted);
            try
            {
                await Task.Delay(20, context.RequestAborted);
            }
            finally
            {
                workers.Release();
            }
        });
        await using var proxy = await TestProxy.StartAsync(application: application.Address, inbound: () => destination);
        var meter = proxy.Services.GetRequiredService<Mesh.Proxy.Inbound.InboundMetrics>().For(application.Address.ToString());
        using var client = TestProxy.NewClient(proxy.Inbound);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var answers = new int[600];
        var load = Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            while (!enough.IsCancellationRequested)
            {
                using var answer = await client.GetAsync(Root, Cancellation);
                Interlocked.Increment(ref answers[(int)answer.StatusCode]);
                // Who is shed comes again, but not at once.
                if (answer.StatusCode is HttpStatusCode.ServiceUnavailable) await Task.Delay(10, Cancellation);
            }
        }));
        // It starts at 20; four workers and the headroom make about nine.
        while (meter.AdaptiveLimiter is not { Limit: <= 12 }) await Task.WhenAny(load, Task.Delay(10, Cancellation)).Unwrap();
        await enough.CancelAsync();
        await load;

        Assert.True(answers[200] > 0 && answers[503] > 0);
        Assert.Equal(answers.Sum(), answers[200] + answers[503]);
    }

    [Fact]
    public async Task LimitsOfAShadowPolicy_AreCounted_AndLetEverythingThrough()
    {
        var tally = new Mesh.Proxy.Routing.ShadowTally(InboundPolicies.Name);
        var destination = InboundPolicies.Destination(_ => { }, new(Routing.Policies.Default(policy =>
        {
            policy.RateLimit = new() { Total = InboundPolicies.Burst(4) };
            policy.Concurrency = new() { Adaptive = new() { MinLimit = 2, MaxLimit = 2 } };
        }), tally));
        await using var application = new HeldApplication();
        await application.StartAsync();
        await using var proxy = await TestProxy.StartAsync(application: application.Address, inbound: () => destination);
        using var client = TestProxy.NewClient(proxy.Inbound);
        var requests = Enumerable.Range(0, 5).Select(_ => SendAsync(client)).ToList();
        await application.ArrivedAsync(5);
        application.Release();

        Assert.All(await Task.WhenAll(requests), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.All(requests, request => Assert.False(request.Result.Headers.Contains("RateLimit")));
        Assert.Equal(5, tally.Requests);
        Assert.Equal([("rate-limit", 1L), ("concurrency", 3L)], tally.Decisions());
    }

    [Fact]
    public async Task Application_HasNoWordInMeshHeaders_UnderAPolicyEither()
    {
        var destination = InboundPolicies.Destination(policy => policy.RateLimit = new() { Total = InboundPolicies.Burst(9) });
        await using var application = await TestApplication.StartAsync(context =>
        {
            context.Response.Headers["mesh-error"] = "mesh/made-up";
            return Task.CompletedTask;
        });
        await using var proxy = await TestProxy.StartAsync(application: application.Address, inbound: () => destination);
        using var client = TestProxy.NewClient(proxy.Inbound);
        using var answer = await client.GetAsync(Root, Cancellation);

        Assert.False(answer.Headers.Contains("mesh-error"));
        Assert.True(answer.Headers.Contains("RateLimit"));
    }

    private static async Task<HttpStatusCode> GetAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(Root, Cancellation);
        return answer.StatusCode;
    }

    private static async Task<string> GrpcStatusAsync(HttpClient client, string key)
    {
        using var content = new ByteArrayContent([]) { Headers = { ContentType = new("application/grpc") } };
        content.Headers.Add("x-api-key", key);
        using var answer = await client.PostAsync(Root, content, Cancellation);
        return $"{(int)answer.StatusCode} grpc-status={(answer.Headers.TryGetValues("grpc-status", out var status) ? status.Single() : "")} limited={answer.Headers.Contains("RateLimit")}";
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request, Cancellation);
    }
}
