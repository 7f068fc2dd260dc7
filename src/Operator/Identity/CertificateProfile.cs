using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Api.Identity;

namespace Mesh.Operator.Identity;

/// <summary>What the mesh's certificates look like: ECDSA P-256 throughout, three levels, no revocation but short lives.</summary>
internal static class CertificateProfile
{
    /// <summary>The certificate that signs workloads', where the operator makes it.</summary>
    public static readonly TimeSpan IssuerLifetime = TimeSpan.FromDays(30);

    /// <summary>How far a peer's clock may be behind the operator's.</summary>
    public static readonly TimeSpan Backdating = TimeSpan.FromMinutes(5);

    // So that whatever an authority signs at once lies within its own life.
    private static readonly TimeSpan AuthorityBackdating = TimeSpan.FromHours(1);

    public static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>A trust anchor: signs issuers, and only those.</summary>
    public static X509Certificate2 Anchor(ECDsa key, DateTimeOffset now, TimeSpan lifetime)
    {
        // Anchors of successive rotations are told apart by people, too.
        var request = new CertificateRequest($"CN=mesh-trust-anchor, SERIALNUMBER={Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}", key, HashAlgorithmName.SHA256);
        AddAuthority(request, pathLength: 1);
        return request.CreateSelfSigned(now - AuthorityBackdating, now + lifetime);
    }

    /// <summary>An issuer: signs workloads, and no other authority. Never outlives its anchor.</summary>
    public static X509Certificate2 Issuer(ECDsa key, X509Certificate2 anchor, DateTimeOffset now)
    {
        var request = new CertificateRequest("CN=mesh-issuer", key, HashAlgorithmName.SHA256);
        AddAuthority(request, pathLength: 0);
        return Sign(request, anchor, now - AuthorityBackdating, Earlier(now + IssuerLifetime, anchor));
    }

    /// <summary>A workload's certificate; of what the workload asked for it has the key alone. Never outlives its issuer.</summary>
    public static X509Certificate2 Leaf(PublicKey key, SpiffeId id, string name, X509Certificate2 issuer, DateTimeOffset now, TimeSpan lifetime)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(name);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([WorkloadCertificate.ServerAuthentication, WorkloadCertificate.ClientAuthentication], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(id.ToString()));
        request.CertificateExtensions.Add(names.Build());
        return Sign(request, issuer, now - Backdating, Earlier(now + lifetime, issuer));
    }

    private static void AddAuthority(CertificateRequest request, int pathLength)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLength, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
    }

    // Authorities before and after a rotation may have the same name: the key's identifier says which one signed, or where an authority
    // that was brought has none, its serial number.
    private static X509Certificate2 Sign(CertificateRequest request, X509Certificate2 authority, DateTimeOffset from, DateTimeOffset until)
    {
        var hasIdentifier = authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Any();
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, hasIdentifier, includeIssuerAndSerial: !hasIdentifier));
        using var key = authority.GetECDsaPrivateKey() ?? throw new CryptographicException($"{authority.Subject}: found no ECDSA key, expected one to sign with");
        return request.Create(authority.SubjectName, X509SignatureGenerator.CreateForECDsa(key), from, until, RandomNumberGenerator.GetBytes(16));
    }

    private static DateTimeOffset Earlier(DateTimeOffset time, X509Certificate2 authority)
    {
        var end = new DateTimeOffset(authority.NotAfter.ToUniversalTime());
        return time < end ? time : end;
    }
}
