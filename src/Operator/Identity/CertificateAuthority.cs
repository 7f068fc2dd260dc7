using System.Security.Cryptography.X509Certificates;
using System.IO.Hashing;
using Mesh.Api.Identity;

namespace Mesh.Operator.Identity;

/// <summary>Who signs workloads' certificates just now, and whom proxies trust. Immutable: a rotation makes another.</summary>
internal sealed class CertificateAuthority
{
    private readonly X509Certificate2 _issuer;
    private readonly X509Certificate2[] _intermediates;

    /// <param name="anchors">All that are trusted.</param>
    /// <param name="issuer">Signs; with its key.</param>
    /// <param name="above">What leads from the issuer to an anchor; empty where an anchor signed it, or it is one.</param>
    public CertificateAuthority(IReadOnlyList<X509Certificate2> anchors, X509Certificate2 issuer, IReadOnlyList<X509Certificate2> above)
    {
        (Anchors, _issuer) = (anchors, issuer);
        _intermediates = anchors.Any(anchor => anchor.RawDataMemory.Span.SequenceEqual(issuer.RawDataMemory.Span)) ? [] : [issuer, .. above];
        AnchorsPem = string.Concat(anchors.Select(anchor => anchor.ExportCertificatePem() + "\n"));
        var hash = new XxHash64();
        foreach (var anchor in anchors) hash.Append(anchor.RawData);
        AnchorsVersion = hash.GetCurrentHashAsUInt64();
    }

    public IReadOnlyList<X509Certificate2> Anchors { get; }

    /// <summary>As proxies are started with.</summary>
    public string AnchorsPem { get; }

    /// <summary>A hash of the anchors: the same on every replica.</summary>
    public ulong AnchorsVersion { get; }

    /// <summary>When the issuer's certificate ends, and with it all that it signed.</summary>
    public DateTimeOffset IssuerEnds => _issuer.NotAfter.ToUniversalTime();

    /// <summary>Whether the issuer may sign at a time.</summary>
    public bool CanIssue(DateTimeOffset now) => now >= _issuer.NotBefore.ToUniversalTime() && now < IssuerEnds;

    /// <summary>Signs a workload's key.</summary>
    /// <param name="key">The workload's.</param>
    /// <param name="id">Who it is, as a token has proved.</param>
    /// <param name="name">The pod's name.</param>
    /// <param name="now">The time of issue.</param>
    /// <param name="lifetime">How long it is to live.</param>
    /// <param name="jitter">From 0 to 1: how much of the span before two thirds of the life is used to spread renewals.</param>
    public IssuedCertificate Issue(PublicKey key, SpiffeId id, string name, DateTimeOffset now, TimeSpan lifetime, double jitter)
    {
        var certificate = CertificateProfile.Leaf(key, id, name, _issuer, now, lifetime);
        return new(certificate, _intermediates, RenewAt(now, certificate.NotAfter.ToUniversalTime(), jitter));
    }

    /// <summary>Between six tenths and two thirds of the life: proxies that started together don't renew together.</summary>
    public static DateTimeOffset RenewAt(DateTimeOffset from, DateTimeOffset until, double jitter) => from + (until - from) * (2.0 / 3 - jitter / 15);
}
