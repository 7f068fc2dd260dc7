using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Api.Identity;
using Mesh.Proxy.Identity;

namespace Mesh.Proxy.Tests.Identity;

/// <summary>A trust anchor with an issuer beneath it, that signs whatever a test asks for.</summary>
internal sealed class TestAuthority
{
    private readonly X509Certificate2 _issuer;

    public TestAuthority(string name = "anchor") : this(NewAnchor(name), TimeSpan.FromDays(40))
    {
    }

    private TestAuthority(X509Certificate2 anchor, TimeSpan issuerLeft)
    {
        Anchor = anchor;
        using var issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issuer = NewAuthority("CN=issuer", issuerKey, pathLength: 0).Create(anchor, Began, DateTimeOffset.UtcNow + issuerLeft, RandomNumberGenerator.GetBytes(8));
        _issuer = issuer.CopyWithPrivateKey(issuerKey);
    }

    public X509Certificate2 Anchor { get; }

    public X509Certificate2 Issuer => _issuer;

    private static DateTimeOffset Began => DateTimeOffset.UtcNow - TimeSpan.FromDays(10);

    public TrustBundle Trust => TrustBundle.OfDer([Anchor.RawDataMemory]);

    /// <summary>Another issuer beneath the same anchor, which has ended.</summary>
    public TestAuthority Ended() => new(Anchor, -TimeSpan.FromMinutes(1));

    public static SpiffeId IdOf(string workload, string trustDomain = SpiffeId.DefaultTrustDomain) =>
        new(trustDomain, workload[..workload.IndexOf('/')], workload[(workload.IndexOf('/') + 1)..]);

    /// <summary>What a proxy of that workload has.</summary>
    public Credentials CredentialsOf(string workload, TrustBundle? trust = null, string trustDomain = SpiffeId.DefaultTrustDomain, TimeSpan? ended = null, TimeProvider? time = null) =>
        new(Issue([IdOf(workload, trustDomain).ToString()], ended), [_issuer], trust ?? Trust, DateTimeOffset.UtcNow.AddHours(1), time ?? TimeProvider.System);

    /// <param name="uris">What it names.</param>
    /// <param name="ended">How long ago it ended. Default: it lasts.</param>
    /// <param name="usages">What it is good for. Default: both sides of a connection.</param>
    public X509Certificate2 Issue(IEnumerable<string> uris, TimeSpan? ended = null, OidCollection? usages = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Sign(PublicKeyOf(key), uris, ended, usages: usages);
        return certificate.CopyWithPrivateKey(key);
    }

    public X509Certificate2 Sign(PublicKey key, IEnumerable<string> uris, TimeSpan? ended = null, TimeSpan? life = null, OidCollection? usages = null)
    {
        var request = new CertificateRequest(new("CN=pod"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages ?? [WorkloadCertificate.ServerAuthentication, WorkloadCertificate.ClientAuthentication], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var names = new SubjectAlternativeNameBuilder();
        foreach (var uri in uris) names.AddUri(new(uri));
        if (uris.Any()) request.CertificateExtensions.Add(names.Build());
        using var issuerKey = _issuer.GetECDsaPrivateKey()!;
        var until = DateTimeOffset.UtcNow + (ended is null ? life ?? TimeSpan.FromHours(2) : -ended.Value);
        return request.Create(_issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), DateTimeOffset.UtcNow.AddDays(-1), until, RandomNumberGenerator.GetBytes(8));
    }

    private static PublicKey PublicKeyOf(ECDsa key) => new CertificateRequest("CN=any", key, HashAlgorithmName.SHA256).PublicKey;

    private static X509Certificate2 NewAnchor(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return NewAuthority($"CN={name}", key, pathLength: 1).CreateSelfSigned(Began, Began + TimeSpan.FromDays(100));
    }

    private static CertificateRequest NewAuthority(string name, ECDsa key, int pathLength)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, pathLength, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }
}
