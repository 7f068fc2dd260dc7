using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Api.Identity;

/// <summary>
/// What the mesh's certificates say, and whom to believe: the chain ends in a trust anchor of the mesh and nowhere else, and the
/// certificate names exactly one workload. Source: X.509-SVID, sections 2 to 5.
/// </summary>
public static class WorkloadCertificate
{
    /// <summary>May prove itself where it accepts connections. Source: RFC 5280, section 4.2.1.12.</summary>
    public static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>May prove itself where it opens connections.</summary>
    public static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private const string SubjectAlternativeName = "2.5.29.17";

    // Source: RFC 5280, section 4.2.1.6: GeneralName ::= CHOICE { ..., uniformResourceIdentifier [6] IA5String, ... }.
    private static readonly Asn1Tag UriName = new(TagClass.ContextSpecific, 6);

    /// <summary>Verifies a peer's certificate: without revocation lists, without the system's own authorities, without the network.</summary>
    /// <param name="certificate">The peer's own; null where it showed none.</param>
    /// <param name="intermediates">What it sent besides.</param>
    /// <param name="anchors">Whom the mesh trusts.</param>
    /// <param name="usage">What it must be good for: <see cref="ServerAuthentication"/> or <see cref="ClientAuthentication"/>.</param>
    /// <param name="now">The time to verify at.</param>
    /// <param name="id">Who the peer is.</param>
    /// <returns>Null, or why it is not believed.</returns>
    public static string? Verify(
        X509Certificate2? certificate, X509Certificate2Collection? intermediates, X509Certificate2Collection anchors, Oid usage, DateTimeOffset now, out SpiffeId? id)
    {
        id = null;
        if (certificate is null) return "it showed no certificate";
        using var chain = new X509Chain { ChainPolicy = ChainPolicy(anchors, usage) };
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        if (intermediates is not null) chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        try
        {
            if (!chain.Build(certificate)) return $"its certificate is not to be trusted: {Describe(chain)}";
            return TryReadId(certificate, out id) ? null : "its certificate names no workload, or more than one";
        }
        finally
        {
            foreach (var element in chain.ChainElements) element.Certificate.Dispose();
        }
    }

    /// <summary>No system store, no revocation lists, nothing fetched: who is to be believed is all known here.</summary>
    /// <param name="anchors">Whom the mesh trusts.</param>
    /// <param name="usage">What a certificate must be good for; null: anything.</param>
    public static X509ChainPolicy ChainPolicy(X509Certificate2Collection anchors, Oid? usage = null)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(anchors);
        if (usage is not null) policy.ApplicationPolicy.Add(usage);
        return policy;
    }

    /// <summary>The one workload that a certificate names.</summary>
    /// <returns>False where it names none, several, or something that is no workload's SPIFFE id.</returns>
    public static bool TryReadId(X509Certificate2 certificate, [NotNullWhen(true)] out SpiffeId? id)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        id = null;
        try
        {
            return Uris(certificate) is [var uri] && SpiffeId.TryParse(uri, out id);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>The pod's name, or a standalone proxy's: the subject's common name; empty where there is none.</summary>
    public static string NameOf(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var names = certificate.SubjectName.EnumerateRelativeDistinguishedNames().ToList();
        return names is [{ HasMultipleElements: false } only] && only.GetSingleElementType().Value == "2.5.4.3" ? only.GetSingleElementValue() ?? "" : "";
    }

    private static List<string> Uris(X509Certificate2 certificate)
    {
        var uris = new List<string>();
        foreach (var extension in certificate.Extensions.Where(extension => extension.Oid?.Value == SubjectAlternativeName))
        {
            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(UriName)) uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UriName));
                else names.ReadEncodedValue();
            }
        }
        return uris;
    }

    private static string Describe(X509Chain chain) => string.Join(", ", chain.ChainStatus.Select(status => status.Status).Distinct());
}
