using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Admission;
using Mesh.KubeApi.Authorization;
using Mesh.KubeApi.Reading;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Serving;
using Mesh.KubeApi.Storage;
using Mesh.KubeApi.Writing;

namespace Mesh.KubeApi;

/// <summary>A Kubernetes API server within the process, over TLS on a loopback port, for tests. See this folder's README.</summary>
public sealed class ApiServer : IAsyncDisposable
{
    private static readonly string[] InitialNamespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

    private readonly ServingCertificate _certificate;
    private readonly Store _store = new();
    private readonly ServiceDirectory _services = new();
    private readonly Watches _watches;
    private readonly Authorizer _authorizer;
    private readonly ApiPipeline _pipeline;
    private WebApplication? _web;

    private ApiServer(ApiServerOptions options)
    {
        var time = options.Time;
        _certificate = ServingCertificate.Create([options.Address, .. options.AlternativeAddresses]);
        Address = new($"https://{options.Address}:0");
        var registry = new ResourceRegistry(_store);
        var containers = new Containers(_store, time);
        var writer = new ObjectWriter(_store, new(_store, new(_services)), containers, time);
        _watches = new(_store, time, options.BookmarkInterval);
        _authorizer = new(_store);
        _pipeline = new(Token, _authorizer, registry, new(registry), new(registry), new(_store, time), new(_store, _authorizer, new(_store, time), writer, _watches, options.Pods, time));
        foreach (var name in InitialNamespaces) InitialObjects.AddNamespace(_store, name, time.GetUtcNow());
        InitialObjects.AddRoles(_store, time.GetUtcNow());
    }

    /// <summary>Where clients find it: <c>https://127.0.0.1:port</c>. The same over restarts.</summary>
    public Uri Address { get; private set; }

    /// <summary>The administrator's bearer token.</summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>The certificate authority that clients trust, as PEM.</summary>
    public string CertificateAuthority => _certificate.Authority.ExportCertificatePem();

    /// <summary>Every request so far.</summary>
    public IReadOnlyCollection<RecordedRequest> Requests => _pipeline.Requests;

    /// <summary>Rights by which somebody was let do something, so far.</summary>
    public IReadOnlyCollection<Right> UsedRights => _authorizer.Used;

    /// <summary>What was refused for want of a right, so far.</summary>
    public IReadOnlyCollection<string> Denials => _authorizer.Denials;

    /// <summary>How many watches are open.</summary>
    public int OpenWatches => _watches.Open.Count;

    /// <summary>Whether a watch from a compacted version is refused with status 410, rather than ended by an ERROR event.</summary>
    public bool RefusesExpiredWatches
    {
        get => _watches.RefusesExpired;
        set => _watches.RefusesExpired = value;
    }

    /// <summary>The version of the last write.</summary>
    public long Version => _store.Current.Version;

    /// <summary>Completes once there is a write after a version.</summary>
    public Task ChangedAfter(long version) => _store.ChangedAfter(version);

    /// <summary>Starts a server with nothing in it but the usual namespaces.</summary>
    public static async Task<ApiServer> StartAsync(ApiServerOptions? options = null)
    {
        var server = new ApiServer(options ?? new());
        await server.StartAsync();
        return server;
    }

    /// <summary>Drops every connection and stops listening. What is stored stays.</summary>
    public async Task StopAsync()
    {
        if (_web is null) return;
        CutWatches();
        await _web.StopAsync(new CancellationToken(canceled: true));
        await _web.DisposeAsync();
        _web = null;
    }

    /// <summary>Listens on the same port, again.</summary>
    public async Task StartAsync()
    {
        _web = await KestrelHost.StartAsync(new(IPAddress.Parse(Address.Host), Address.Port), _certificate.Server, _pipeline.ServeAsync);
        Address = new UriBuilder(Address) { Port = new Uri(_web.Urls.First()).Port }.Uri;
    }

    /// <summary>Drops every connection and comes back on the same port, with what was stored.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>Breaks the connection of every watch that is open.</summary>
    public void CutWatches() => _watches.Cut();

    /// <summary>The watches that are open stay so, and say nothing any more: no events, no bookmarks, no end.</summary>
    public void SilenceWatches()
    {
        foreach (var watch in _watches.Open) watch.Silence();
    }

    /// <summary>Says where a service listens, so that webhooks can be named by service.</summary>
    public void MapService(string @namespace, string name, int port, IPEndPoint address) => _services.Map(@namespace, name, port, address);

    /// <summary>Every right of a service account, in whatever namespace.</summary>
    public IReadOnlyList<Right> RightsOf(string @namespace, string account) =>
        [.. _authorizer.RightsOf(new(new JsonObject { ["username"] = $"system:serviceaccount:{@namespace}:{account}" }), null)];

    /// <summary>Forgets old versions: lists, pages and watches from them are answered with 410 Gone.</summary>
    public void Compact() => _store.Compact();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _certificate.Dispose();
    }
}
