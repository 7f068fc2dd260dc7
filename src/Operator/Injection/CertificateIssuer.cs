using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Operator.Injection;

/// <summary>
/// Makes the webhook's certificate where nobody gives one: an authority that signs this one certificate and is then forgotten, so
/// that its key is kept nowhere.
/// </summary>
internal static class CertificateIssuer
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    // Clocks of API servers may lag.
    private static readonly TimeSpan Backdating = TimeSpan.FromHours(1);

    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <param name="service">The Service that the API server calls.</param>
    /// <param name="ns">That service's namespace.</param>
    /// <param name="previousAuthorities">Authorities to be known still, until every replica shows the new certificate; PEM.</param>
    /// <param name="now">The time of issue.</param>
    public static CertificateBundle Issue(string service, string ns, string? previousAuthorities, DateTimeOffset now)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = Authority(authorityKey, now);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(key, service, ns);
        // Authorities before and after a renewal have the same name: the key says which one signed.
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var certificate = request.Create(authority, now - Backdating, now + Lifetime, RandomNumberGenerator.GetBytes(16));
        return new(
            certificate.ExportCertificatePem() + "\n",
            key.ExportPkcs8PrivateKeyPem() + "\n",
            string.Concat(Unexpired(previousAuthorities, now).Prepend(authority).Select(a => a.ExportCertificatePem() + "\n")));
    }

    private static X509Certificate2 Authority(ECDsa key, DateTimeOffset now)
    {
        var request = new CertificateRequest("CN=mesh-webhook-authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now - Backdating, now + Lifetime);
    }

    private static CertificateRequest Request(ECDsa key, string service, string ns)
    {
        var request = new CertificateRequest($"CN={service}.{ns}.svc", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName($"{service}.{ns}.svc");
        // For an operator that runs beside its API server, as in development.
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request;
    }

    private static List<X509Certificate2> Unexpired(string? authorities, DateTimeOffset now)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(authorities);
        }
        catch (CryptographicException)
        {
            // Whoever spoilt them, the API server trusts them no more: there is nothing to carry over.
        }
        return [.. certificates.Where(c => c.NotAfter > now).DistinctBy(c => c.Thumbprint)];
    }
}
