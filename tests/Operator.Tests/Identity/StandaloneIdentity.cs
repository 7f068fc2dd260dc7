using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Mesh.Api.Identity;
using Mesh.Operator.Hosting;
using Mesh.Operator.Identity;
using Mesh.Operator.Sources;
using Mesh.Operator.State;

namespace Mesh.Operator.Tests.Identity;

/// <summary>A standalone operator that issues identities, on real sockets, whose cluster state the test writes itself.</summary>
internal sealed class StandaloneIdentity : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly WebApplication _app;

    private StandaloneIdentity(TemporaryFolder folder, WebApplication app) => (_folder, _app) = (folder, app);

    public string Folder => Path.Combine(_folder.Path, IdentityFiles.Folder);

    public IServiceProvider Services => _app.Services;

    public IPEndPoint Address => Services.GetRequiredService<Listeners>().AddressOf(Listener.Discovery);

    public ClusterState State => Services.GetRequiredService<ClusterState>();

    public CurrentAuthority Authority => Services.GetRequiredService<CurrentAuthority>();

    public static async Task<StandaloneIdentity> StartAsync(IdentityLimits? limits = null)
    {
        var folder = new TemporaryFolder();
        var options = new OperatorOptions { Manifests = ["none"], State = folder.Path, Discovery = new(IPAddress.Loopback, 0), Admin = new(IPAddress.Loopback, 0) };
        var app = OperatorHost.Build(options, builder =>
        {
            var source = builder.Services.Single(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType == typeof(DirectorySource));
            builder.Services.Remove(source);
            if (limits is not null) builder.Services.AddSingleton(limits);
        });
        var started = new StandaloneIdentity(folder, app);
        Given.Sync(started.State);
        await app.StartAsync(TestContext.Current.CancellationToken);
        await started.Authority.Known.WaitAsync(TestContext.Current.CancellationToken);
        return started;
    }

    public string Token(string ns = "shop", string account = "frontend", string proxy = "frontend-1") => new LocalToken(ns, account, proxy).Sign(Key(), DateTimeOffset.UtcNow);

    public byte[] Key() => LocalToken.TryReadKey(File.ReadAllText(Path.Combine(Folder, IdentityFiles.JoinKey)), out var key) ? key : [];

    public X509Certificate2Collection Anchors()
    {
        var anchors = new X509Certificate2Collection();
        anchors.ImportFromPemFile(Path.Combine(Folder, IdentityFiles.Anchors));
        return anchors;
    }

    public CertifyClient Client(SslStreamCertificateContext? identity = null) => new(Address, identity: identity);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(TestContext.Current.CancellationToken);
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}
