using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;

namespace Mesh.Operator.Tests.Identity;

/// <summary>A proxy's side of the identity service, on real TLS, from an address of its own.</summary>
internal sealed class CertifyClient : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly IdentityService.IdentityServiceClient _client;

    public CertifyClient(IPEndPoint address, IPAddress? from = null, SslStreamCertificateContext? identity = null)
    {
        _channel = Channel(address, from, identity, certificate => Operator = certificate);
        _client = new(_channel);
    }

    /// <summary>What the operator showed.</summary>
    public X509Certificate2? Operator { get; private set; }

    public GrpcChannel Discovery => _channel;

    public static byte[] NewRequest() => NewRequest(_ => { });

    public static byte[] NewRequest(Action<CertificateRequest> change, string subject = "", ECDsa? with = null)
    {
        using var key = with is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
        var request = new CertificateRequest(subject, with ?? key!, HashAlgorithmName.SHA256);
        change(request);
        return request.CreateSigningRequest();
    }

    public AsyncUnaryCall<CertifyResponse> CertifyAsync(string token, byte[]? request = null) => _client.CertifyAsync(
        new CertifyRequest { Token = token, SigningRequest = ByteString.CopyFrom(request ?? NewRequest()) }, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Asks for what is to be refused.</summary>
    public async Task<Grpc.Core.Status> RefusedAsync(string token, byte[]? request = null) => (await Assert.ThrowsAsync<RpcException>(async () => await CertifyAsync(token, request))).Status;

    /// <summary>Gets a certificate, with its key and what leads to an anchor.</summary>
    public async Task<SslStreamCertificateContext> ObtainAsync(string token)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var response = await CertifyAsync(token, NewRequest(_ => { }, with: key));
        using var certificate = X509CertificateLoader.LoadCertificate(response.Certificates[0].Span);
        return SslStreamCertificateContext.Create(
            certificate.CopyWithPrivateKey(key), [.. response.Certificates.Skip(1).Select(one => X509CertificateLoader.LoadCertificate(one.Span))], offline: true);
    }

    /// <summary>Opens a discovery stream as a proxy.</summary>
    /// <returns>What it is answered with; OK where it is let in.</returns>
    public async Task<Grpc.Core.Status> HelloAsync(string name, string space)
    {
        var cancelled = TestContext.Current.CancellationToken;
        using var call = new DiscoveryService.DiscoveryServiceClient(_channel).Stream(cancellationToken: cancelled);
        try
        {
            await call.RequestStream.WriteAsync(new() { Hello = new() { Proxy = name, Namespace = space } }, cancelled);
        }
        catch (Exception failure) when (failure is IOException or RpcException)
        {
            // A connection that is refused may end before this is written; the answer says why.
        }
        try
        {
            await call.ResponseStream.MoveNext(cancelled);
            return Grpc.Core.Status.DefaultSuccess;
        }
        catch (RpcException refused)
        {
            return refused.Status;
        }
    }

    /// <summary>The connection was ended before there was an answer to a call; .NET's client has two codes for it, by what it was at.</summary>
    public static void AssertTurnedAway(Grpc.Core.Status status) =>
        Assert.True(status is { StatusCode: StatusCode.Unavailable or StatusCode.Internal, DebugException: not null }, status.ToString());

    public void Dispose() => _channel.Dispose();

    private static GrpcChannel Channel(IPEndPoint address, IPAddress? from, SslStreamCertificateContext? identity, Action<X509Certificate2> seen) => GrpcChannel.ForAddress($"https://{address}", new()
    {
        DisposeHttpClient = true,
        HttpHandler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                ClientCertificateContext = identity,
                // The tests look at what was shown; that proxies do is tested with proxies.
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    if (certificate is X509Certificate2 shown) seen(new(shown));
                    return certificate is not null;
                },
            },
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                if (from is not null) socket.Bind(new IPEndPoint(from, 0));
                await socket.ConnectAsync(address, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        },
    });
}
