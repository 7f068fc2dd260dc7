using System.Security.Cryptography.X509Certificates;

namespace Mesh.Operator.Identity;

/// <summary>Makes the keys and certificates of anchors and issuers, as they are stored.</summary>
internal static class AuthorityMaking
{
    public static AnchorRecord Anchor(DateTimeOffset now, TimeSpan lifetime, AnchorPhase phase)
    {
        using var key = CertificateProfile.NewKey();
        using var certificate = CertificateProfile.Anchor(key, now, lifetime);
        return new(certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n", phase, now, now, certificate.NotAfter.ToUniversalTime());
    }

    /// <param name="anchor">One whose key is known.</param>
    /// <param name="now">The time of issue.</param>
    public static IssuerRecord Issuer(AnchorRecord anchor, DateTimeOffset now)
    {
        using var key = CertificateProfile.NewKey();
        using var authority = X509Certificate2.CreateFromPem(anchor.Certificate, anchor.Key);
        using var certificate = CertificateProfile.Issuer(key, authority, now);
        return new(certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n", now, certificate.NotAfter.ToUniversalTime());
    }
}
