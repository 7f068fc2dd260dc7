using Mesh.Api.Discovery;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Forwarding;

/// <summary>A destination over real sockets.</summary>
internal sealed class SocketDestination
{
    public SocketDestination(Policy policy, int seed, params IEnumerable<string> endpoints)
    {
        Live = new(Updates.Catalog, new(seed), TimeProvider.System);
        Live.Apply(Updates.Whole(1, policy, endpoints));
    }

    public LiveDestination Live { get; }

    /// <summary>Sends and reads the answer to its end.</summary>
    public async Task<(HttpResponseMessage Response, IReadOnlyList<Attempt> Attempts)> SendAsync(HttpMethod method, HttpContent? content = null, Version? version = null)
    {
        using var trace = new RequestTrace();
        using var request = new HttpRequestMessage(method, "http://mesh/") { Content = content, Version = version ?? new(1, 1), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Options.Set(RequestTrace.Key, trace);
        var response = await Live.Current!.Invoker.SendAsync(request, TestContext.Current.CancellationToken);
        await response.Content.LoadIntoBufferAsync(TestContext.Current.CancellationToken);
        return (response, trace.Attempts);
    }
}
