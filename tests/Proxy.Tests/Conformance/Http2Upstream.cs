using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Tests.Forwarding;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Conformance;

/// <summary>A client, a proxy, and the HTTP/2 servers behind it, which the test plays frame by frame.</summary>
internal sealed class Http2Upstream : IAsyncDisposable
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    private readonly List<RawHttp2Server> _servers = [];
    private readonly List<Task<RawHttp2>> _accepting = [];
    private readonly List<RawHttp2> _accepted = [];
    private readonly byte[] _settings;

    private Http2Upstream(byte[] settings) => _settings = settings;

    public TestProxy Proxy { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="servers">Endpoints of the destination.</param>
    /// <param name="policy">Of the destination. Default: the mesh's.</param>
    /// <param name="settings">What the servers begin with.</param>
    public static async Task<Http2Upstream> StartAsync(int servers = 1, Policy? policy = null, params (ushort Setting, uint Value)[] settings)
    {
        var upstream = new Http2Upstream(RawHttp2.Values(settings));
        for (var i = 0; i < servers; i++) upstream._servers.Add(new());
        var destination = new SocketDestination(policy ?? Policies.Default(), seed: 1, upstream._servers.Select(server => server.Address.ToString()));
        upstream.Proxy = await TestProxy.StartAsync(_ => destination.Live.Current);
        upstream.Client = TestProxy.NewClient(upstream.Proxy.CatalogPort, HttpVersion.Version20);
        upstream._accepting.AddRange(upstream._servers.Select(server => server.AcceptAsync(upstream._settings)));
        return upstream;
    }

    /// <summary>The next connection of the proxy's, to whichever server.</summary>
    public async Task<RawHttp2> AcceptAsync()
    {
        var accepted = await Task.WhenAny(_accepting);
        _accepting[_accepting.IndexOf(accepted)] = _servers[_accepting.IndexOf(accepted)].AcceptAsync(_settings);
        _accepted.Add(await accepted);
        return await accepted;
    }

    public Task<HttpResponseMessage> GetAsync() => Client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Cancellation);

    public Task<HttpResponseMessage> PostAsync(HttpContent content) =>
        Client.SendAsync(new(HttpMethod.Post, Root) { Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact }, HttpCompletionOption.ResponseHeadersRead, Cancellation);

    /// <summary>A request, and the stream on which it has come to a server.</summary>
    public async Task<(Task<HttpResponseMessage> Answer, RawHttp2 Server, int StreamId)> BeginAsync(HttpContent? content = null, RawHttp2? server = null)
    {
        var answer = content is null ? GetAsync() : PostAsync(content);
        server ??= await AcceptAsync();
        var (streamId, _) = await server.RequestAsync();
        return (answer, server, streamId);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _accepted.ForEach(connection => connection.Dispose());
        _servers.ForEach(server => server.Dispose());
        await Proxy.DisposeAsync();
        foreach (var accepting in _accepting) await accepting.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }
}
