using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Mesh.Operator.Identity;

/// <summary>Everything that the replicas of an operator must agree on to issue identities: stored as one text, so that it changes at once or not at all.</summary>
/// <param name="Anchors">All that are trusted, the oldest first.</param>
/// <param name="Issuer">Signs for workloads.</param>
/// <param name="RotationRequest">The newest request for a rotation that has been carried out, in its own words; null: none ever.</param>
internal sealed record AuthorityRecord(ImmutableArray<AnchorRecord> Anchors, IssuerRecord Issuer, string? RotationRequest = null)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The anchor that the issuer is of.</summary>
    public AnchorRecord Issuing => Anchors.Single(anchor => anchor.Phase is AnchorPhase.Issuing);

    /// <summary>Whether an anchor waits for everybody to trust it.</summary>
    public bool IsIntroducing => Anchors.Any(anchor => anchor.Phase is AnchorPhase.Introduced);

    /// <summary>A first anchor and its issuer: brought, or of the operator's own making.</summary>
    public static AuthorityRecord Create(BroughtIssuer? brought, TimeSpan anchorLifetime, DateTimeOffset now)
    {
        if (brought is not null) return new([.. brought.AnchorRecords(now)], brought.Record(now));
        var anchor = AuthorityMaking.Anchor(now, anchorLifetime, AnchorPhase.Issuing);
        return new([anchor], AuthorityMaking.Issuer(anchor, now));
    }

    /// <summary>All anchors, PEM.</summary>
    public string AnchorsPem() => string.Concat(Anchors.Select(anchor => anchor.Certificate));

    /// <summary>What signs, and what leads from it to an anchor, PEM: certificates alone, whatever else a file had that was brought.</summary>
    public string IssuerPem()
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(Issuer.Certificates);
        var pem = certificates.ExportCertificatePems();
        foreach (var certificate in certificates) certificate.Dispose();
        return pem;
    }

    /// <exception cref="InvalidDataException">The text is no record, or its parts don't fit each other.</exception>
    public static AuthorityRecord Parse(string text)
    {
        try
        {
            var record = JsonSerializer.Deserialize<AuthorityRecord>(text, Format);
            if (record is not { Anchors.IsDefaultOrEmpty: false, Issuer: not null }) throw new InvalidDataException("found no anchor or no issuer");
            if (record.Anchors.Count(anchor => anchor.Phase is AnchorPhase.Issuing) != 1) throw new InvalidDataException("expected exactly one anchor that is issued from");
            return record;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(exception.Message, exception);
        }
    }

    public override string ToString() => JsonSerializer.Serialize(this, Format);

    /// <summary>Reads the certificates and the issuer's key.</summary>
    /// <exception cref="InvalidDataException">They can't be read, or don't fit each other.</exception>
    public CertificateAuthority Load()
    {
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(Issuer.Certificates);
            return new(
                [.. Anchors.Select(anchor => X509Certificate2.CreateFromPem(anchor.Certificate))],
                X509Certificate2.CreateFromPem(Issuer.Certificates, Issuer.Key),
                [.. chain.Skip(1)]);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException(exception.Message, exception);
        }
    }
}
