using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Net.Client;
using Mesh.Api.Identity;

namespace Mesh.Proxy.Identity;

/// <summary>Asks the operator for one certificate: a new key each time, which never leaves this process.</summary>
internal sealed class CertifyClient(IdentityOptions options, TimeProvider clock)
{
    /// <param name="trust">Whom the operator is verified against.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Grpc.Core.RpcException">The operator is not there, not who it should be, or refuses.</exception>
    /// <exception cref="CryptographicException">What it answers can't be used.</exception>
    public async Task<Credentials> CertifyAsync(TrustBundle trust, CancellationToken cancellationToken)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var channel = OpenChannel(trust);
        var request = new CertifyRequest
        {
            // Who this is, the operator reads from the token: the request names nobody.
            SigningRequest = ByteString.CopyFrom(new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256).CreateSigningRequest()),
            Token = await ReadTokenAsync(cancellationToken),
        };
        var deadline = (clock.GetUtcNow() + options.Timeout).UtcDateTime;
        var response = await new IdentityService.IdentityServiceClient(channel).CertifyAsync(request, deadline: deadline, cancellationToken: cancellationToken);
        return Read(response, key, trust);
    }

    private async Task<string> ReadTokenAsync(CancellationToken cancellationToken)
    {
        var text = await File.ReadAllTextAsync(options.TokenFile, cancellationToken);
        return LocalToken.TryReadKey(text, out var joinKey)
            ? new LocalToken(options.Namespace, options.ServiceAccount, options.Proxy).Sign(joinKey, clock.GetUtcNow())
            : text.Trim();
    }

    private Credentials Read(CertifyResponse response, ECDsa key, TrustBundle known)
    {
        if (response.Certificates.Count is 0) throw new CryptographicException("certificates: found none");
        var chain = response.Certificates.Select(certificate => X509CertificateLoader.LoadCertificate(certificate.Span)).ToList();
        var trust = response.TrustAnchors.Count is 0 ? known : TrustBundle.OfDer(response.TrustAnchors.Select(anchor => anchor.Memory));
        var now = clock.GetUtcNow();
        if (WorkloadCertificate.Verify(chain[0], [.. chain[1..]], trust.Collection, WorkloadCertificate.ClientAuthentication, now, out _) is { } problem)
            throw new CryptographicException($"certificates: {problem}");
        using var leaf = chain[0];
        // Throws where the certificate is another key's.
        return new(leaf.CopyWithPrivateKey(key), chain[1..], trust, RenewAt(response, leaf, now), clock);
    }

    // An operator that says nothing, or what can't be, is asked again at two thirds of the certificate's life.
    private static DateTimeOffset RenewAt(CertifyResponse response, X509Certificate2 leaf, DateTimeOffset now)
    {
        var ends = new DateTimeOffset(leaf.NotAfter.ToUniversalTime());
        var told = response.RenewAt?.ToDateTimeOffset();
        return told > now && told < ends ? told.Value : now + ((ends - now) * 2 / 3);
    }

    private GrpcChannel OpenChannel(TrustBundle trust) => GrpcChannel.ForAddress(options.Operator, new()
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectTimeout = options.Timeout,
            UseProxy = false,
            SslOptions = new()
            {
                CertificateChainPolicy = WorkloadCertificate.ChainPolicy(trust.Collection, WorkloadCertificate.ServerAuthentication),
                RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                    (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == 0
                    && certificate is X509Certificate2 shown && WorkloadCertificate.TryReadId(shown, out var id) && id == options.OperatorIdentity,
            },
        },
        DisposeHttpClient = true,
    });
}
