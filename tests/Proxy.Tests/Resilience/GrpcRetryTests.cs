using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Mesh.Proxy.Tests.Forwarding;
using Mesh.Proxy.Tests.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Resilience;

/// <summary>gRPC answers as servers give them, through a whole proxy to three endpoints.</summary>
public sealed class GrpcRetryTests : IAsyncLifetime
{
    private readonly List<Backend> _backends = [];
    private Func<HttpContext, int, Task> _answer = (_, _) => Task.CompletedTask;
    private int _calls;
    private TestProxy? _proxy;
    private HttpClient? _client;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            _backends.Add(await Backend.StartAsync(context =>
            {
                context.Response.ContentType = "application/grpc";
                return _answer(context, Interlocked.Increment(ref _calls));
            }, HttpProtocols.Http2));
        }
        var policy = Policies.RetryingOn();
        policy.Retries.Methods.Add("POST");
        policy.Retries.GrpcCodes.Add(14);
        var destination = new SocketDestination(policy, 1, _backends.Select(backend => backend.Address));
        _proxy = await TestProxy.StartAsync(find: _ => destination.Live.Current);
        _client = TestProxy.NewClient(_proxy.CatalogPort, HttpVersion.Version20);
    }

    public async ValueTask DisposeAsync()
    {
        _client!.Dispose();
        await _proxy!.DisposeAsync();
        foreach (var backend in _backends) await backend.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task UnavailableInTrailers_IsRetried(bool headFirst)
    {
        _answer = async (context, call) =>
        {
            if (headFirst) await context.Response.Body.FlushAsync();
            if (call > 1) await context.Response.WriteAsync("message");
            context.Response.AppendTrailer("grpc-status", call > 1 ? "0" : "14");
        };
        var (body, status) = await CallAsync();
        Assert.Equal(("message", "0", 2), (body, status, _calls));
    }

    [Fact]
    public async Task UnavailableToTheLast_PassesWithItsTrailers_AndIsMarked()
    {
        _answer = async (context, _) =>
        {
            await context.Response.Body.FlushAsync();
            context.Response.AppendTrailer("grpc-status", "14");
            context.Response.AppendTrailer("grpc-message", "down");
        };
        using var answer = await SendAsync();
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal("down", answer.TrailingHeaders.GetValues("grpc-message").Single());
        Assert.Equal("exhausted", answer.Headers.GetValues("mesh-retry").Single());
        Assert.Equal(3, _calls);
    }

    [Fact]
    public async Task OtherCodeInTrailers_IsNotRetried()
    {
        _answer = async (context, _) =>
        {
            await context.Response.Body.FlushAsync();
            context.Response.AppendTrailer("grpc-status", "5");
        };
        Assert.Equal(("", "5"), await CallAsync());
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task StreamThatHasBegun_IsNotRetried()
    {
        _answer = async (context, _) =>
        {
            await context.Response.WriteAsync("first");
            context.Response.AppendTrailer("grpc-status", "14");
        };
        Assert.Equal(("first", "14"), await CallAsync());
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task FailureBelowThatTheTrailersTellOf_IsNotRetried()
    {
        _answer = async (context, _) =>
        {
            await context.Response.Body.FlushAsync();
            context.Response.AppendTrailer("grpc-status", "14");
            context.Response.AppendTrailer("mesh-retry", "exhausted");
        };
        Assert.Equal(("", "14"), await CallAsync());
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task HeadThatComesAlone_GoesOnThoughNothingFollows()
    {
        var goOn = new TaskCompletionSource();
        _answer = async (context, _) =>
        {
            await context.Response.Body.FlushAsync();
            await goOn.Task.WaitAsync(Cancellation);
            await context.Response.WriteAsync(new string('x', 100_000));
            context.Response.AppendTrailer("grpc-status", "14");
        };
        using var answer = await SendAsync(); // the head, and no more
        goOn.SetResult();
        Assert.Equal(100_000, (await answer.Content.ReadAsByteArrayAsync(Cancellation)).Length);
        Assert.Equal("14", answer.TrailingHeaders.GetValues("grpc-status").Single());
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task AttemptsAreCounted_ByTheStatusOfTheirTrailers()
    {
        _answer = async (context, call) =>
        {
            await context.Response.Body.FlushAsync();
            context.Response.AppendTrailer("grpc-status", call == 1 ? "14" : "0");
        };
        await CallAsync();
        using var admin = TestProxy.NewClient(_proxy!.Admin);
        string metrics;
        do
        {
            metrics = await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
        }
        while (!Regex.IsMatch(metrics, """mesh_attempts_total\{[^}]*outcome="Unavailable"[^}]*\} 1""") || !Regex.IsMatch(metrics, """mesh_retries_total\{[^}]*reason="Unavailable"[^}]*\} 1"""));
    }

    private async Task<(string Body, string Status)> CallAsync()
    {
        using var answer = await SendAsync();
        var body = await answer.Content.ReadAsStringAsync(Cancellation);
        return (body, answer.TrailingHeaders.GetValues("grpc-status").Single());
    }

    private Task<HttpResponseMessage> SendAsync()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/", UriKind.Relative))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Encoding.ASCII.GetBytes("request")) { Headers = { ContentType = new("application/grpc") } },
        };
        return _client!.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
    }
}
