using System.Net;
using Mesh.Api.Discovery;
using Mesh.Api.Probes;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.Proxy.Tests;

/// <summary>A whole proxy on free ports, with a discovery that the test plays.</summary>
internal sealed class TestProxy : IAsyncDisposable
{
    public static readonly Authority Catalog = Authority.TryParse("catalog.shop:80", out var catalog) ? catalog : default;

    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

    private readonly IHost _host;

    private TestProxy(IHost host) => _host = host;

    public IPEndPoint Outbound => Bound("outbound");

    public IPEndPoint Inbound => Bound("inbound");

    public IPEndPoint Admin => Bound("admin");

    public IPEndPoint Health => Bound("health");

    /// <summary>The port that stands for <see cref="Catalog"/>.</summary>
    public IPEndPoint CatalogPort => Bound(Catalog.ToString());

    public IServiceProvider Services => _host.Services;

    /// <param name="find">What discovery answers. Default: no destination for any authority.</param>
    /// <param name="application">What is behind the inbound port.</param>
    /// <param name="discovery">What discovery knows. Default: nothing, of an operator that answers.</param>
    /// <param name="inbound">Gives the destination that the application serves. Default: none.</param>
    /// <param name="operator">A discovery server to be used in place of what the test plays.</param>
    /// <param name="drainGrace">How long who came in is given to go. Default: none.</param>
    /// <param name="drainTimeout">How long what is in flight may take to end. Default: 30 s.</param>
    /// <param name="detectTimeout">
    /// How long a connection's first bytes are waited for. Default: until they come. On a busy machine a client is held up for longer than the
    /// 100 ms that hold in earnest; its connection would be relayed as TCP, past what the test is about.
    /// </param>
    /// <param name="probes">What the kubelet asks the application at the health port. Default: nothing.</param>
    /// <param name="credentials">What it proves itself with. Default: it has no identity.</param>
    /// <param name="workload">What holds for its pod. Default: what discovery says.</param>
    /// <param name="time">Its clock.</param>
    public static async Task<TestProxy> StartAsync(
        Func<Authority, Destination?>? find = null, IPEndPoint? application = null, IDestinationInventory? discovery = null,
        Func<Destination?>? inbound = null, Uri? @operator = null, TimeSpan? drainTimeout = null, TimeSpan? detectTimeout = null,
        TimeSpan? drainGrace = null, IReadOnlyDictionary<string, ApplicationProbe>? probes = null, CredentialStore? credentials = null, IWorkloadSource? workload = null, TimeProvider? time = null)
    {
        var options = new ProxyOptions
        {
            Operator = @operator ?? new("http://127.0.0.1:1"),
            Name = "proxy",
            Namespace = "shop",
            Outbound = [AnyPort],
            Admin = AnyPort,
            Health = AnyPort,
            ApplicationProbes = probes ?? new Dictionary<string, ApplicationProbe>(),
            Destinations = [new(AnyPort, Catalog)],
            DrainGrace = drainGrace ?? TimeSpan.Zero,
            DrainTimeout = drainTimeout ?? TimeSpan.FromSeconds(30),
            DetectTimeout = detectTimeout ?? TimeSpan.FromMinutes(10),
            Inbound = application is null ? [] : [new(AnyPort, application)],
        };
        var host = ProxyHost.Build(options, services =>
        {
            if (@operator is null) PlayDiscovery(services, find, discovery, inbound);
            if (credentials is not null) services.Replace(ServiceDescriptor.Singleton(credentials));
            if (workload is not null) services.Replace(ServiceDescriptor.Singleton(workload));
            if (time is not null) services.Replace(ServiceDescriptor.Singleton(time));
            services.AddSingleton<IHostLifetime, NoSignals>();
            services.AddLogging(logging => logging.ClearProviders());
        });
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new(host);
    }

    public static HttpClient NewClient(IPEndPoint port, Version? version = null) => new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = new($"http://{port}"),
        DefaultRequestVersion = version ?? HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>A client that has this proxy for its HTTP proxy.</summary>
    public HttpClient NewProxiedClient() => new(new SocketsHttpHandler { Proxy = new WebProxy($"http://{Outbound}") });

    public Task StopAsync(CancellationToken cancellationToken) => _host.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        using var stopNow = new CancellationTokenSource(TimeSpan.Zero);
        await _host.StopAsync(stopNow.Token);
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    private static void PlayDiscovery(
        IServiceCollection services, Func<Authority, Destination?>? find, IDestinationInventory? discovery, Func<Destination?>? inbound)
    {
        services.Replace(ServiceDescriptor.Singleton<IDestinationSource>(new PlayedDestinations(find ?? (_ => null))));
        services.Replace(ServiceDescriptor.Singleton<IInboundPolicySource>(new PlayedInbound(inbound ?? (() => null))));
        services.Replace(ServiceDescriptor.Singleton(discovery ?? new PlayedInventory { Connected = true, HasConnected = true }));
        services.Remove(services.Single(service => service.ImplementationFactory?.Method.ReturnType == typeof(DiscoveryClient)));
    }

    public Port PortOf(string name) => _host.Services.GetRequiredService<PortRegistry>().All.First(port => port.Name == name);

    private IPEndPoint Bound(string name) => PortOf(name).Bound!;

    private sealed class PlayedDestinations(Func<Authority, Destination?> find) : IDestinationSource
    {
        public ValueTask<Destination?> FindAsync(Authority authority, CancellationToken cancellationToken) => new(find(authority));
    }

    private sealed class PlayedInbound(Func<Destination?> inbound) : IInboundPolicySource
    {
        public Func<Destination?> InboundTo(int applicationPort) => inbound;
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
