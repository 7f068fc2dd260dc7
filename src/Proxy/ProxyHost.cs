using System.Diagnostics.Metrics;
using System.Net;
using Mesh.Proxy.Admin;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Health;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Inbound;
using Mesh.Proxy.Inbound.Access;
using Mesh.Proxy.Inbound.Tokens;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Outbound;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;
using Mesh.Proxy.Telemetry;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Mesh.Proxy;

/// <summary>Puts a proxy together.</summary>
internal static class ProxyHost
{
    /// <param name="options">What this proxy is told.</param>
    /// <param name="replace">Takes the place of what is outside: the operator, the clock.</param>
    public static IHost Build(ProxyOptions options, Action<IServiceCollection>? replace = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "mesh-proxy" });
        AddLogging(builder.Logging, options.LogLevel);
        var services = builder.Services;
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout);
        services.AddSingleton(options);
        services.AddIdentity(IdentityOf(options));
        services.AddSingleton(provider => new LocalProxy(options.Name, options.Zone)
        {
            Identity = $"{options.Namespace}/{options.ServiceAccount}",
            Credentials = provider.GetRequiredService<CredentialStore>(),
            InterceptedPod = options.Inbound.Any(port => port.Application is null) ? $"{options.Namespace}/{options.Name}" : null,
        });
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IHostLifetime, TerminationSignals>();
        AddTelemetry(services);
        services.AddDiscovery(new()
        {
            Operator = options.Operator,
            OperatorIdentity = options.HasIdentity ? options.OperatorIdentity : null,
            Proxy = options.Name,
            Namespace = options.Namespace,
            Node = options.Node,
        });
        AddRequestPath(services);
        AddServers(services);
        replace?.Invoke(services);
        return builder.Build();
    }

    private static IdentityOptions? IdentityOf(ProxyOptions options) => !options.HasIdentity ? null : new()
    {
        Operator = options.Operator,
        OperatorIdentity = options.OperatorIdentity,
        TrustAnchors = options.TrustAnchors,
        TokenFile = options.TokenFile,
        Cache = options.IdentityCache.Length > 0 ? options.IdentityCache : null,
        Proxy = options.Name,
        Namespace = options.Namespace,
        ServiceAccount = options.ServiceAccount,
    };

    private static void AddLogging(ILoggingBuilder logging, LogLevel minimum)
    {
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        // A full console must never hold up a request.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        logging.AddFilter(level => level >= minimum);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        // A start that fails is told in one line by Program, not as a stack.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        // What YARP would say of a failure, the proxy says itself, with the destination and the attempts.
        logging.AddFilter("Yarp", LogLevel.None);
    }

    private static void AddTelemetry(IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<ProxyMetrics>();
        services.AddSingleton<ConnectionMetrics>();
        services.AddSingleton<IdentityMetrics>();
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("mesh-proxy"))
            .WithMetrics(metrics => metrics.AddMeter(ProxyMetrics.MeterName).AddPrometheusExporter());
        // A meter is found by its name, in the whole process: one that another host made is not this one's to show.
        services.ConfigureOpenTelemetryMeterProvider((provider, metrics) =>
            metrics.AddView(instrument => instrument.Meter.Scope == provider.GetRequiredService<IMeterFactory>() ? null : MetricStreamConfiguration.Drop));
    }

    private static void AddRequestPath(IServiceCollection services)
    {
        services.AddHttpForwarder();
        services.AddSingleton<EventLoops>();
        services.AddSingleton<Drain>();
        services.AddSingleton<PortRegistry>();
        services.AddSingleton<LoopGuard>();
        services.AddSingleton<ErrorResponse>();
        services.AddSingleton<ExhaustedTraces>();
        services.AddSingleton<RequestForwarder>();
        services.AddSingleton<PassThrough>();
        services.AddSingleton<OutboundProxy>();
        services.AddSingleton<InboundMetrics>();
        services.AddSingleton<AccessMetrics>();
        services.AddSingleton<PodAccess>();
        services.AddSingleton<AccessGate>();
        services.AddSingleton<KeySetFetcher>();
        services.AddSingleton<IssuerKeySets>();
        services.AddSingleton<TokenVerification>();
        services.AddSingleton<InboundProxy>();
        services.AddSingleton<OutboundConnections>();
        services.AddSingleton<InboundConnections>();
        services.AddSingleton<IdentityReport>();
        services.AddSingleton<AdminPages>();
        services.AddSingleton<HttpGetCheck>();
    }

    // Stopped in the reverse of this order: what comes in drains first, while the requests that it gives rise to still go out.
    private static void AddServers(IServiceCollection services)
    {
        // AddHostedService would take the two for one: it goes by type.
        services.AddSingleton<IHostedService>(provider => NewServer(provider, OutboundPorts(provider)));
        services.AddSingleton<IHostedService>(provider => NewServer(provider, InboundPorts(provider)));
        services.AddHostedService<LameDuck>();
        services.AddHostedService<StartRemains>();
    }

    private static PortServer NewServer(IServiceProvider provider, IReadOnlyList<Port> ports) => new(
        ports, provider.GetRequiredService<EventLoops>(), provider.GetRequiredService<ProxyOptions>().DetectTimeout,
        provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>(), provider.GetRequiredService<Drain>());

    private static IReadOnlyList<Port> OutboundPorts(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<ProxyOptions>();
        var proxy = provider.GetRequiredService<OutboundProxy>();
        var connections = provider.GetRequiredService<OutboundConnections>();
        return provider.GetRequiredService<PortRegistry>().Add(
        [
            new("admin", options.Admin, provider.GetRequiredService<AdminPages>().HandleAsync),
            // With those that stop last: the application is asked for its health as long as it is there.
            .. options.Health is { } health ? [new Port("health", health, NewHealthPages(provider).HandleAsync) { MaxConnections = options.MaxConnections }] : Array.Empty<Port>(),
            .. options.Outbound.Select((listen, index) => new Port("outbound", listen, proxy.HandleAsync, connections.RouteAsync)
            {
                IsOptional = index > 0, StaysOnLoop = true, MaxConnections = options.MaxConnections, AnswerMalformed = proxy.AnswerMalformedAsync,
            }),
            .. options.Destinations.Select(port => new Port(
                port.Authority.ToString(), port.Listen, proxy.To(port.Authority), connections.To(port.Authority))
            {
                StaysOnLoop = true, MaxConnections = options.MaxConnections, AnswerMalformed = proxy.AnswerMalformedAsync,
            }),
        ]);
    }

    private static HealthPages NewHealthPages(IServiceProvider provider) => new(
        provider.GetRequiredService<ProxyOptions>().ApplicationProbes, provider.GetRequiredService<AdminPages>(), provider.GetRequiredService<HttpGetCheck>());

    private static IReadOnlyList<Port> InboundPorts(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<ProxyOptions>();
        var proxy = provider.GetRequiredService<InboundProxy>();
        var connections = provider.GetRequiredService<InboundConnections>();
        return provider.GetRequiredService<PortRegistry>().Add([.. options.Inbound.Select(port =>
            port.Application is { } application
                ? NewPort(port.Listen, proxy.To(application), connections.To(application), connections.SecurityOf(application.Port))
                : NewPort(port.Listen, connections.HandleAsync, connections.RouteAsync, connections.SecurityOf(applicationPort: null)))]);

        Port NewPort(IPEndPoint listen, RequestDelegate handler, ConnectionRouting routing, IPortSecurity security) =>
            new("inbound", listen, handler, routing) { IsInbound = true, StaysOnLoop = true, Security = security, MaxConnections = options.MaxConnections, AnswerMalformed = proxy.AnswerMalformedAsync };
    }
}
