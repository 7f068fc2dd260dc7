using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.KubeApi.Serving;

/// <summary>A certificate authority of its own, and a certificate from it for 127.0.0.1 and localhost.</summary>
public sealed class ServingCertificate : IDisposable
{
    private ServingCertificate(X509Certificate2 authority, X509Certificate2 server) => (Authority, Server) = (authority, server);

    /// <summary>What clients trust.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>What the server shows, with its key.</summary>
    public X509Certificate2 Server { get; }

    /// <param name="dnsNames">Names beside localhost, such as <c>mesh-operator.mesh-system.svc</c> for a webhook.</param>
    public static ServingCertificate Create(params string[] dnsNames) => Create([IPAddress.Loopback], dnsNames);

    /// <param name="addresses">What clients connect to.</param>
    /// <param name="dnsNames">Names beside localhost.</param>
    public static ServingCertificate Create(IReadOnlyList<IPAddress> addresses, params string[] dnsNames)
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddDays(1));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kube-api-test-ca", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var authority = request.CreateSelfSigned(from, to);
        return new(authority, Issue(authority, addresses, dnsNames, from, to));
    }

    public void Dispose()
    {
        Authority.Dispose();
        Server.Dispose();
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, IReadOnlyList<IPAddress> addresses, string[] dnsNames, DateTimeOffset from, DateTimeOffset to)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kube-api-test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var address in addresses) names.AddIpAddress(address);
        foreach (var name in dnsNames.Append("localhost")) names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], false));
        using var signed = request.Create(authority, from, to, RandomNumberGenerator.GetBytes(16));
        return signed.CopyWithPrivateKey(key);
    }
}
