using System.Collections.Concurrent;
using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Tests.Forwarding;

namespace Mesh.Proxy.Tests.Resilience;

/// <summary>
/// Services that call each other, each behind a proxy of its own, over real sockets. The client calls the first through a proxy too;
/// the last answers as the test says.
/// </summary>
internal sealed class ServiceChain : IAsyncDisposable
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    private readonly List<IAsyncDisposable> _parts = [];
    private TestApplication? _last;
    private TestProxy? _client;
    private int[] _calls = [];

    /// <summary>The requests that each application has had, the last one last.</summary>
    public int[] Calls => [.. _calls];

    /// <summary>The client's way into the chain.</summary>
    public IPEndPoint Port => _client!.CatalogPort;

    /// <param name="services">How many there are.</param>
    /// <param name="policy">Of each.</param>
    /// <param name="last">What the last one answers.</param>
    /// <param name="handOn">The header fields that applications hand on to what they call.</param>
    public static async Task<ServiceChain> StartAsync(int services, Policy policy, RequestDelegate last, params string[] handOn)
    {
        var chain = new ServiceChain { _calls = new int[services] };
        SocketDestination? next = null;
        for (var service = services; service > 0; service--)
        {
            HttpClient? client = null;
            var position = service - 1;
            var application = await TestApplication.StartAsync(context =>
            {
                Interlocked.Increment(ref chain._calls[position]);
                return position == services - 1 ? last(context) : CallNextAsync(context, client!, handOn);
            });
            chain._last ??= application;
            var destination = next;
            var proxy = await TestProxy.StartAsync(_ => destination?.Live.Current, application.Address);
            client = TestProxy.NewClient(proxy.CatalogPort);
            chain._parts.AddRange([proxy, application, new Disposed(client)]);
            next = new(policy, service, proxy.Inbound.ToString());
        }
        chain._client = await TestProxy.StartAsync(_ => next!.Live.Current);
        chain._parts.Add(chain._client);
        return chain;
    }

    /// <summary>The last application goes, and leaves its sidecar behind.</summary>
    public async Task StopLastAsync() => await _last!.DisposeAsync();

    /// <summary>Sends requests, eight at a time.</summary>
    /// <param name="requests">How many.</param>
    /// <param name="traced">Whether each has a trace of its own.</param>
    public async Task<IReadOnlyCollection<HttpStatusCode>> SendAsync(int requests, bool traced)
    {
        var answers = new ConcurrentBag<HttpStatusCode>();
        using var client = TestProxy.NewClient(Port);
        await Parallel.ForAsync(1, requests + 1, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, async (number, cancellationToken) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Root);
            if (traced) request.Headers.Add("traceparent", $"00-{number:x32}-00000000000000ff-01");
            using var answer = await client.SendAsync(request, cancellationToken);
            answers.Add(answer.StatusCode);
        });
        return answers;
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _parts.Count - 1; i >= 0; i--) await _parts[i].DisposeAsync();
    }

    // What applications do: the deadline and the trace go on, and a failure below is one here.
    private static async Task CallNextAsync(HttpContext context, HttpClient client, string[] handOn)
    {
        using var request = new HttpRequestMessage(new(context.Request.Method), Root);
        foreach (var name in handOn) request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)context.Request.Headers[name]);
        using var answer = await client.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        await context.Response.WriteAsync(await answer.Content.ReadAsStringAsync(context.RequestAborted), context.RequestAborted);
    }

    private sealed class Disposed(IDisposable part) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            part.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
