using Mesh.Api.Discovery;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Discovery;

/// <summary>A destination whose endpoints answer as the test says, in virtual time.</summary>
internal sealed class FakeDestination
{
    private readonly Func<string, HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> _answer;

    public FakeDestination(Policy policy, Func<string, HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer, params string[] endpoints)
    {
        _answer = answer;
        Live = new(Updates.Catalog, new Random(1), Time, connect: endpoint => new(new Answering(endpoint.Key, this)));
        Live.Apply(Updates.Whole(1, policy, endpoints.Length == 0 ? ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"] : endpoints));
    }

    public VirtualTime Time { get; } = new();

    public LiveDestination Live { get; }

    /// <summary>The endpoints that requests were sent to, in order.</summary>
    public List<string> Sent { get; } = [];

    /// <summary>The endpoints whose connections are gone.</summary>
    public List<string> Disposed { get; } = [];

    public RequestTrace Trace { get; private set; } = new();

    /// <param name="method">Of the request.</param>
    /// <param name="content">Its body.</param>
    /// <param name="version">Of HTTP. Default: 1.1.</param>
    /// <param name="client">Cancelled where the client leaves.</param>
    /// <param name="headers">What the request carries.</param>
    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method, HttpContent? content = null, Version? version = null, CancellationToken? client = null, params (string Name, string Value)[] headers)
    {
        Trace = new();
        var request = new HttpRequestMessage(method, "http://mesh/") { Content = content, Version = version ?? new(1, 1) };
        foreach (var (name, value) in headers) Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        request.Options.Set(RequestTrace.Key, Trace);
        return VirtualTime.Begin(() => Live.Current!.Invoker.SendAsync(request, client ?? TestContext.Current.CancellationToken));
    }

    /// <summary>Lets virtual time run until the task ends.</summary>
    public Task<T> RunAsync<T>(Task<T> task) => Time.RunAsync(task);

    private sealed class Answering(string endpoint, FakeDestination destination) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            lock (destination.Sent) destination.Sent.Add(endpoint);
            return destination._answer(endpoint, request, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            lock (destination.Disposed) destination.Disposed.Add(endpoint);
            base.Dispose(disposing);
        }
    }
}
