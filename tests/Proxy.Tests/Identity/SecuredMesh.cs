using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Identity;

/// <summary>Two sidecars with identities: frontend's, with an endpoint for catalog, and catalog's, with the application behind it.</summary>
internal sealed class SecuredMesh : IAsyncDisposable
{
    // As in earnest: connections that never send are relayed, or refused, after it.
    private static readonly TimeSpan DetectTimeout = TimeSpan.FromMilliseconds(100);

    public const string Client = "shop/frontend", Server = "shop/catalog";

    private readonly TestProxy _client, _server;

    private SecuredMesh(TestProxy client, TestProxy server) => (_client, _server) = (client, server);

    public required TestAuthority Authority { get; init; }

    public required CredentialStore ClientStore { get; init; }

    public required CredentialStore ServerStore { get; init; }

    public required PlayedWorkload Workload { get; init; }

    public TestProxy ClientProxy => _client;

    public TestProxy ServerProxy => _server;

    /// <summary>Where frontend's application reaches catalog.</summary>
    public IPEndPoint Port => _client.CatalogPort;

    /// <summary>Where catalog's sidecar listens.</summary>
    public IPEndPoint Inbound => _server.Inbound;

    /// <param name="application">Behind catalog's sidecar.</param>
    /// <param name="mode">Of catalog's pod.</param>
    /// <param name="identity">Who discovery says that catalog is. Default: who it is.</param>
    /// <param name="policy">Of the destination catalog.</param>
    /// <param name="protocol">Of the service's port.</param>
    /// <param name="serverTime">The clock of catalog's sidecar.</param>
    /// <param name="clientTime">The clock of what frontend's sidecar has of catalog.</param>
    /// <param name="clientHasCredentials">Whether frontend's sidecar has got a certificate yet.</param>
    /// <param name="others">More endpoints of catalog.</param>
    public static async Task<SecuredMesh> StartAsync(
        IPEndPoint application, MtlsMode mode = MtlsMode.Strict, string identity = Server, Policy? policy = null, AppProtocol protocol = AppProtocol.Unspecified,
        TimeProvider? serverTime = null, TimeProvider? clientTime = null, bool clientHasCredentials = true, params IReadOnlyList<Api.Discovery.Endpoint> others)
    {
        var authority = new TestAuthority();
        var (clientStore, serverStore) = (clientHasCredentials ? StoreOf(authority.CredentialsOf(Client)) : new(isEnabled: true), StoreOf(authority.CredentialsOf(Server)));
        var workload = new PlayedWorkload(mode);
        var server = await TestProxy.StartAsync(application: application, credentials: serverStore, workload: workload, time: serverTime, detectTimeout: DetectTimeout);
        var catalog = new LiveDestination(Updates.Catalog, new(1), clientTime ?? TimeProvider.System, new("frontend-1", "") { Credentials = clientStore });
        var update = Updates.Whole(1, policy ?? Policies.Default(), $"{server.Inbound}");
        update.Protocol = protocol;
        update.Endpoints[0].Identity = TestAuthority.IdOf(identity).ToString();
        update.Endpoints.AddRange(others);
        catalog.Apply(update);
        var client = await TestProxy.StartAsync(_ => catalog.Current, credentials: clientStore, workload: new PlayedWorkload(MtlsMode.Permissive), detectTimeout: DetectTimeout);
        return new(client, server) { Authority = authority, ClientStore = clientStore, ServerStore = serverStore, Workload = workload };
    }

    public static async Task<Way> WayAsync(IPEndPoint application)
    {
        var mesh = await StartAsync(application);
        return new(mesh, mesh.Port);
    }

    public static CredentialStore StoreOf(Credentials credentials)
    {
        var store = new CredentialStore(isEnabled: true);
        store.Replace(credentials);
        return store;
    }

    public HttpClient NewClient(Version? version = null) => TestProxy.NewClient(Port, version);

    public long Refused(Proxy.Listening.ConnectionRefusal refusal) => _server.PortOf("inbound").RefusedConnections(refusal);

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }
}
