using System.Diagnostics.Metrics;
using Mesh.Operator.Discovery;
using Mesh.Operator.Sources;
using Mesh.Operator.State;
using Mesh.Operator.Status;
using Mesh.Operator.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Mesh.Operator.Hosting;

/// <summary>The operator put together: sources, state, discovery, status, and the listeners around them.</summary>
internal static class OperatorHost
{
    // Streams end at once when the operator stops; this is for a proxy that does not read.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(3);

    // Connections that wait to be accepted. All proxies of a cluster may come at once; one that finds the queue full (512 by default) is told
    // nothing, tries again after 1, 2, 4, 8, ... s, and so comes half a minute late. The kernel takes what net.core.somaxconn allows, 4096.
    private const int Backlog = 32 * 1024;

    public static WebApplication Build(OperatorOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.AddSingleLineConsole();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton(options).AddSingleton(TimeProvider.System);

        builder.AddState(options);
        builder.AddDiscovery(options);
        builder.AddStatus();
        builder.AddIdentity(options);
        builder.AddListeners(options);
        if (options.IsStandalone) builder.AddStandalone(options);
        else builder.AddKubernetes(options);
        builder.AddTelemetry();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseRouting();
        app.Use(Listeners.GuardAsync);
        if (options.IssuesIdentities) app.MapIdentity();
        app.MapGrpcService<DiscoveryServer>().WithMetadata(Listener.Discovery);
        app.MapAdmin();
        if (!options.IsStandalone) app.MapWebhooks();
        return app;
    }

    private static void AddState(this WebApplicationBuilder builder, OperatorOptions options)
    {
        builder.Services.AddSingleton(new ClusterState(options.IssuesIdentities));
        builder.Services.AddSingleton<IResourceSink>(services => services.GetRequiredService<ClusterState>());
    }

    private static void AddDiscovery(this WebApplicationBuilder builder, OperatorOptions options)
    {
        builder.Services.TryAddSingleton(new DiscoveryLimits { ConnectionAge = options.ConnectionAge });
        builder.Services.AddSingleton<DiscoveryMetrics>();
        builder.Services.AddSingleton<SubscriptionTable>();
        builder.Services.AddSingleton<WorkloadTable>();
        builder.Services.AddSingleton<ShadowLedger>();
        builder.Services.AddSingleton<DiscoveryServer>();
        builder.Services.AddHostedService<DiscoveryLoop>();
        builder.Services.AddHostedService<ShadowPublishing>();
        builder.Services.AddHostedService<MemoryUpkeep>();
        builder.Services.AddGrpc();
        builder.Services.AddOptions<Grpc.AspNetCore.Server.GrpcServiceOptions>()
            .Configure<DiscoveryLimits>((grpc, limits) => grpc.MaxReceiveMessageSize = limits.MessageSize);
    }

    private static void AddStatus(this WebApplicationBuilder builder) => builder.Services.AddHostedService<StatusReporter>();

    private static void AddStandalone(this WebApplicationBuilder builder, OperatorOptions options)
    {
        builder.Services.AddSingleton(new ManifestFolders(options.Manifests));
        builder.Services.AddSingleton<ManifestErrors>();
        builder.Services.AddHostedService<DirectorySource>();
        if (options.State is null) return;
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<StateFolder>(services, options.State));
        builder.Services.AddSingleton<IStatusWriter, StatusFiles>();
    }

    private static void AddListeners(this WebApplicationBuilder builder, OperatorOptions options)
    {
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, BlockPool.Factory>();
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.Backlog = Backlog);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<Listeners>();
        builder.Services.AddOptions<KestrelServerOptions>().Configure<Listeners>((kestrel, listeners) =>
        {
            kestrel.AddServerHeader = false;
            // A proxy that vanished without a word is noticed within 40 s; one that reads slowly is left in peace.
            kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
            kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.MinResponseDataRate = null;
            listeners.Add(kestrel, Listener.Discovery, options.Discovery, HttpProtocols.Http2, options.IssuesIdentities ? IdentityHosting.UseIdentity : null);
            listeners.Add(kestrel, Listener.Admin, options.Admin, HttpProtocols.Http1);
        });
        builder.Services.AddHostedService<OperatorLifetime>();
    }

    private static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<StateMetrics>();
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("mesh-operator"))
            .WithMetrics(metrics => metrics.AddMeter(OperatorMeter.Name).AddPrometheusExporter());
        // A meter is found by its name, in the whole process: one that another host made is not this one's to show.
        builder.Services.ConfigureOpenTelemetryMeterProvider((services, metrics) =>
            metrics.AddView(instrument => instrument.Meter.Scope == services.GetRequiredService<IMeterFactory>() ? null : MetricStreamConfiguration.Drop));
    }
}
