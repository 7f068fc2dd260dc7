using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Api.Identity;

namespace Mesh.Operator.Identity;

/// <summary>An issuer that a user or cert-manager keeps in a Secret of type kubernetes.io/tls.</summary>
/// <param name="Certificates">tls.crt, PEM: the issuer, then what leads to an anchor.</param>
/// <param name="Key">tls.key, PEM.</param>
/// <param name="Anchors">ca.crt, PEM: whom proxies are to trust.</param>
internal sealed record BroughtIssuer(string Certificates, string Key, string Anchors)
{
    /// <summary>Checks that workloads could use what it signs.</summary>
    /// <param name="now">The time to check at.</param>
    /// <returns>Null, or what is wrong with it.</returns>
    public string? Check(DateTimeOffset now)
    {
        try
        {
            using var issuer = X509Certificate2.CreateFromPem(Certificates, Key);
            using var key = issuer.GetECDsaPrivateKey();
            if (key?.KeySize != 256) return "tls.key: expected an ECDSA P-256 key";
            if (issuer.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true }) return "tls.crt: expected a certificate authority (isCA: true)";
            if (issuer.NotAfter.ToUniversalTime() <= now) return $"tls.crt: it ended {issuer.NotAfter.ToUniversalTime():u}";
            return AnchorOf() is null ? "tls.crt: it does not lead to a self-signed certificate in ca.crt" : null;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return exception.Message;
        }
    }

    /// <summary>The issuer as it is stored from now on.</summary>
    public IssuerRecord Record(DateTimeOffset now)
    {
        using var issuer = X509Certificate2.CreateFromPem(Certificates);
        return new(Certificates, Key, now, issuer.NotAfter.ToUniversalTime());
    }

    /// <summary>The anchors as they are stored where there were none.</summary>
    public IEnumerable<AnchorRecord> AnchorRecords(DateTimeOffset now)
    {
        var issuing = AnchorOf();
        foreach (var certificate in AnchorCertificates())
        {
            using var anchor = X509Certificate2.CreateFromPem(certificate);
            yield return new(certificate, Key: null, certificate == issuing ? AnchorPhase.Issuing : AnchorPhase.Introduced, now, now, anchor.NotAfter.ToUniversalTime());
        }
    }

    /// <summary>The anchors, one PEM each.</summary>
    public IEnumerable<string> AnchorCertificates()
    {
        var anchors = new X509Certificate2Collection();
        anchors.ImportFromPem(Anchors);
        return anchors.Select(anchor => anchor.ExportCertificatePem() + "\n").Distinct();
    }

    /// <summary>The anchor that the issuer leads to, PEM; null where it leads to none.</summary>
    public string? AnchorOf()
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(Certificates);
        var anchors = new X509Certificate2Collection();
        anchors.ImportFromPem(Anchors);
        using var chain = new X509Chain { ChainPolicy = WorkloadCertificate.ChainPolicy(anchors) };
        // Times are checked where they matter.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.ExtraStore.AddRange(certificates);
        return chain.Build(certificates[0]) ? chain.ChainElements[^1].Certificate.ExportCertificatePem() + "\n" : null;
    }
}
