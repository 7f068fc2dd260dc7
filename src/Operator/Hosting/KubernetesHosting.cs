using System.Net;
using Mesh.Api.Injection;
using k8s;
using Mesh.Api.Resources;
using Mesh.Operator.Identity;
using Mesh.Operator.Injection;
using Mesh.Operator.Reconciliation;
using Mesh.Operator.Sources;
using Mesh.Operator.State;
using Mesh.Operator.Status;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.Operator.Hosting;

/// <summary>What the operator has in Kubernetes and lacks in standalone mode: the API server as its source, leases, webhooks.</summary>
internal static class KubernetesHosting
{
    public static void AddKubernetes(this WebApplicationBuilder builder, OperatorOptions options)
    {
        builder.Services.TryAddSingleton(_ => KubernetesClientFactory.Create(options.Kubeconfig));
        builder.Services.AddSingleton<IKubernetes>(services => services.GetRequiredService<Kubernetes>());
        builder.Services.AddSource();
        builder.Services.AddReconciliation(options);
        builder.Services.AddWebhooks(options);
    }

    public static void MapWebhooks(this WebApplication app)
    {
        foreach (var webhook in app.Services.GetServices<IAdmissionWebhook>())
        {
            var endpoint = ActivatorUtilities.CreateInstance<AdmissionEndpoint>(app.Services, webhook);
            app.MapPost($"/{webhook.Name}", async context => await (await endpoint.ReviewAsync(context)).ExecuteAsync(context)).WithMetadata(Listener.Webhook);
        }
    }

    private static void AddSource(this IServiceCollection services)
    {
        services.AddSingleton(provider => new KubernetesConnection(provider.GetRequiredService<Kubernetes>()));
        services.TryAddSingleton(new InformerOptions());
        services.AddSingleton<SourceMetrics>();
        services.AddHostedService<KubernetesSource>();
    }

    private static void AddReconciliation(this IServiceCollection services, OperatorOptions options)
    {
        var service = new NamespacedName(options.Namespace, SidecarOptions.OperatorService);
        services.TryAddSingleton(new LeaderElectionOptions(options.Namespace, Dns.GetHostName()));
        services.AddSingleton(provider => new OtherReplicas(
            provider.GetRequiredService<ClusterState>(), service, provider.GetRequiredService<LeaderElectionOptions>().Identity));
        services.AddSingleton<ReplicaCounts>();
        services.AddSingleton<ReplicaWords>();
        services.AddHostedService<CountSaying>();
        services.AddSingleton<ILeaderWork, CountHearing>();
        services.AddSingleton<DesiredStatuses>();
        services.AddSingleton<EventWriter>();
        services.AddSingleton<PolicyEvents>();
        services.AddSingleton<EntityClient<TrafficPolicy>>();
        services.AddSingleton<EntityClient<AuthorizationPolicy>>();
        services.AddSingleton<EntityClient<MeshConfig>>();
        services.AddSingleton<IEntityController<TrafficPolicy>, StatusController<TrafficPolicy>>();
        services.AddSingleton<IEntityController<AuthorizationPolicy>, StatusController<AuthorizationPolicy>>();
        services.AddSingleton<IEntityController<MeshConfig>, StatusController<MeshConfig>>();
        services.AddSingleton<KubernetesStatusWriter>();
        services.AddSingleton<IStatusWriter>(provider => provider.GetRequiredService<KubernetesStatusWriter>());
        services.AddSingleton<ILeaderWork>(provider => provider.GetRequiredService<KubernetesStatusWriter>());
        services.AddSingleton<ILeaderWork, DefinitionUpgrade>();
        services.AddHostedService<LeaderElection>();
    }

    private static void AddWebhooks(this IServiceCollection services, OperatorOptions options)
    {
        services.AddSingleton(new SidecarOptions(options.ProxyImage, options.Namespace));
        services.TryAddSingleton(new WebhookOptions { Namespace = options.Namespace, CertificateDirectory = options.WebhookCertificate, MayFail = options.WebhookMayFail });
        services.AddSingleton<NativeSidecars>();
        services.AddSingleton<ILeaderWork, NamespaceLabels>();
        services.AddSingleton<MissedPods>();
        services.AddSingleton<ILeaderWork>(provider => provider.GetRequiredService<MissedPods>());
        services.AddSingleton<ISidecarSettings>(provider => new SidecarSettings(
            provider.GetRequiredService<ClusterState>(), provider.GetRequiredService<SidecarOptions>(), provider.GetRequiredService<NativeSidecars>(),
            provider.GetService<SidecarTrust>()));
        services.AddSingleton<INamespaceReader, NamespaceReader>();
        services.AddSingleton<IServiceReader, ServiceReader>();
        services.AddSingleton<IAdmissionWebhook, InjectionWebhook>();
        services.AddSingleton<IAdmissionWebhook, NamespaceLabelWebhook>();
        services.AddSingleton<IAdmissionWebhook, NamespaceWebhook>();
        services.AddSingleton<IAdmissionWebhook, DebugContainerWebhook>();
        services.AddSingleton<IAdmissionWebhook, ValidationWebhook>();
        services.AddSingleton<WebhookMetrics>();
        services.AddSingleton<WebhookConfigurations>();
        services.AddSingleton<ServingCertificate>();
        if (options.WebhookCertificate is null) services.AddHostedService<CertificateSecret>();
        else services.AddHostedService<CertificateDirectory>();

        services.AddOptions<KestrelServerOptions>().Configure<Listeners, ServingCertificate>((kestrel, listeners, certificate) =>
            listeners.Add(kestrel, Listener.Webhook, options.Webhook, HttpProtocols.Http1AndHttp2, listen => listen.UseHttps(
                new HttpsConnectionAdapterOptions { ServerCertificateSelector = (_, _) => certificate.Current })));
    }
}
