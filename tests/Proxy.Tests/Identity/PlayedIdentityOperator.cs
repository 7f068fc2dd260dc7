using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.Api.Identity;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Identity;

/// <summary>An operator that certifies, over real TLS, and says what the test tells it to.</summary>
internal sealed class PlayedIdentityOperator : IAsyncDisposable
{
    private readonly WebApplication _application;

    private PlayedIdentityOperator(WebApplication application) => _application = application;

    public Uri Address => new(_application.Urls.Single());

    /// <param name="service">Certifies.</param>
    /// <param name="identity">Whom it proves to be.</param>
    public static async Task<PlayedIdentityOperator> StartAsync(Service service, string identity = "mesh-system/mesh-operator")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        var certificate = service.Authority.Issue([TestAuthority.IdOf(identity).ToString()]);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(https => (https.ServerCertificate, https.ServerCertificateChain) = (certificate, [service.Authority.Issuer]));
        }));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(service);
        var application = builder.Build();
        application.MapGrpcService<Service>();
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new(application);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    internal sealed class Service(TestAuthority authority, FakeTimeProvider time) : IdentityService.IdentityServiceBase
    {
        public TestAuthority Authority { get; set; } = authority;

        /// <summary>Whom it has proxies trust. Default: itself.</summary>
        public IReadOnlyList<X509Certificate2> Anchors { get; set; } = [authority.Anchor];

        /// <summary>Whether it answers.</summary>
        public bool IsAway { get; set; }

        public ConcurrentQueue<CertifyRequest> Requests { get; } = new();

        public override Task<CertifyResponse> Certify(CertifyRequest request, ServerCallContext context)
        {
            Requests.Enqueue(request);
            if (IsAway) throw new RpcException(new(StatusCode.Unavailable, "away"));
            var asked = CertificateRequest.LoadSigningRequest(request.SigningRequest.ToByteArray(), HashAlgorithmName.SHA256);
            using var certificate = Authority.Sign(asked.PublicKey, [TestAuthority.IdOf("shop/frontend").ToString()], life: time.GetUtcNow() + TimeSpan.FromHours(24) - DateTimeOffset.UtcNow);
            return Task.FromResult(new CertifyResponse
            {
                Certificates = { ByteString.CopyFrom(certificate.RawData), ByteString.CopyFrom(Authority.Issuer.RawData) },
                RenewAt = Timestamp.FromDateTimeOffset(time.GetUtcNow() + TimeSpan.FromHours(16)),
                TrustAnchors = { Anchors.Select(anchor => ByteString.CopyFrom(anchor.RawData)) },
            });
        }
    }
}
