using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Api.Identity;
using Mesh.Operator.Discovery;
using Mesh.Operator.Identity;
using Mesh.Operator.Reconciliation;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.Operator.Hosting;

/// <summary>The operator as a certificate authority, and the TLS by which proxies and it prove themselves to each other.</summary>
internal static class IdentityHosting
{
    private static readonly string CertifyPath = $"/{IdentityService.Descriptor.FullName}/Certify";

    public static void AddIdentity(this WebApplicationBuilder builder, OperatorOptions options)
    {
        builder.Services.AddSingleton<AuthorityStatus>();
        if (!options.IssuesIdentities) return;
        builder.Services.TryAddSingleton(new IdentityLimits());
        builder.Services.AddSingleton(new OperatorIdentity(options.Namespace, Dns.GetHostName()));
        builder.Services.AddSingleton<CurrentAuthority>();
        builder.Services.AddSingleton<CallerVerification>();
        builder.Services.AddSingleton<CallerCheck>();
        builder.Services.AddSingleton<SourceLimits>();
        builder.Services.AddSingleton<VerificationQueue>();
        builder.Services.AddSingleton<IdentityMetrics>();
        builder.Services.AddSingleton<RefusalLog>();
        builder.Services.AddSingleton<Certification>();
        builder.Services.AddSingleton<IdentityServer>();
        builder.Services.AddSingleton<OperatorCertificate>();
        if (options.IsStandalone) builder.Services.AddLocalIdentity(options.State!);
        else builder.Services.AddClusterIdentity();
        builder.Services.AddHostedService(services => services.GetRequiredService<OperatorCertificate>());
        builder.Services.AddHostedService<TrustPublishing>();
        builder.Services.AddSingleton<ITrustEvidence, TrustEvidence>();
        builder.Services.AddHostedService<AuthorityLoop>();
    }

    public static void MapIdentity(this WebApplication app)
    {
        app.Use(LimitTimeAsync);
        app.MapGrpcService<IdentityServer>().WithMetadata(Listener.Discovery);
    }

    /// <summary>
    /// TLS 1.3 with the operator's own certificate. A client's certificate is asked for, and verified where it is shown: who has none
    /// yet may still ask for one.
    /// </summary>
    public static void UseIdentity(this ListenOptions listen)
    {
        var services = listen.ApplicationServices;
        var certificate = services.GetRequiredService<OperatorCertificate>();
        var callers = services.GetRequiredService<CallerVerification>();
        // Standalone, all proxies may have one address, and verifying costs no more than refusing.
        if (services.GetRequiredService<ITokenVerifier>().AsksElsewhere) listen.Use(services.GetRequiredService<SourceLimits>().Limit);
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = services.GetRequiredService<IdentityLimits>().HandshakeTimeout,
            OnConnection = async handshake => new()
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                // A resumed session has the peer's own certificate and not what leads from it to an anchor.
                AllowTlsResume = false,
                ServerCertificateContext = await certificate.GetAsync(handshake.CancellationToken),
                ClientCertificateRequired = true,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = callers.Accepts,
            },
        });
    }

    private static void AddLocalIdentity(this IServiceCollection services, string state)
    {
        services.AddSingleton(new Leadership(always: true));
        services.AddSingleton(new IdentityFolder(state));
        services.AddSingleton<JoinKey>();
        services.AddSingleton<ITokenVerifier, LocalTokenVerifier>();
        services.AddSingleton<IAuthorityStore, FileAuthorityStore>();
        services.AddSingleton<ITrustConsensus, LocalTrust>();
        services.AddHostedService<LocalIdentityStart>();
        services.TryAddSingleton(new AuthorityLoopOptions(TimeSpan.FromSeconds(1)));
    }

    private static void AddClusterIdentity(this IServiceCollection services)
    {
        services.AddSingleton(new Leadership(always: false));
        services.AddSingleton<ILeaderWork>(provider => provider.GetRequiredService<Leadership>());
        services.AddSingleton<ITokenVerifier, TokenReviewVerifier>();
        services.AddSingleton<SidecarTrust>();
        services.AddSingleton<IAuthorityStore, SecretAuthorityStore>();
        services.AddSingleton<IReplicaWords, ConfigMapWords>();
        services.AddSingleton<ITrustConsensus>(provider => ActivatorUtilities.CreateInstance<ReplicaTrust>(
            provider, provider.GetRequiredService<LeaderElectionOptions>().Identity, (Func<IReadOnlyCollection<string>>)provider.GetRequiredService<OtherReplicas>().Names));
        services.TryAddSingleton(new AuthorityLoopOptions(TimeSpan.FromSeconds(10)));
    }

    // gRPC reads a request before the service sees it: one that comes byte by byte would hold its place for as long as it likes.
    private static async Task LimitTimeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path != CertifyPath)
        {
            await next(context);
            return;
        }
        var (time, limits) = (context.RequestServices.GetRequiredService<TimeProvider>(), context.RequestServices.GetRequiredService<IdentityLimits>());
        await using var limit = time.CreateTimer(state => ((HttpContext)state!).Abort(), context, limits.RequestTimeout, Timeout.InfiniteTimeSpan);
        await next(context);
    }
}
