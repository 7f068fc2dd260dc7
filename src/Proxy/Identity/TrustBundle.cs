using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Proxy.Identity;

/// <summary>The certificates that peers are verified against, and no others. Immutable.</summary>
internal sealed class TrustBundle
{
    private TrustBundle(IEnumerable<X509Certificate2> anchors)
    {
        Anchors = [.. anchors];
        foreach (var anchor in Anchors) Collection.Add(anchor);
    }

    public IReadOnlyList<X509Certificate2> Anchors { get; }

    public X509Certificate2Collection Collection { get; } = [];

    /// <param name="text">PEM, any number of certificates.</param>
    /// <exception cref="CryptographicException">There is none, or one can't be read.</exception>
    public static TrustBundle OfPem(string text)
    {
        var read = new X509Certificate2Collection();
        read.ImportFromPem(text);
        return read.Count > 0 ? new(read) : throw new CryptographicException("found no certificate, expected trust anchors in PEM");
    }

    /// <param name="certificates">One by one, DER.</param>
    /// <exception cref="CryptographicException">One can't be read.</exception>
    public static TrustBundle OfDer(IEnumerable<ReadOnlyMemory<byte>> certificates) =>
        new([.. certificates.Select(certificate => X509CertificateLoader.LoadCertificate(certificate.Span))]);

    public string ToPem() => string.Join('\n', Anchors.Select(anchor => anchor.ExportCertificatePem())) + "\n";

    /// <summary>Whether both trust the same, in whatever order.</summary>
    public bool Equals(TrustBundle other) => Fingerprints().SetEquals(other.Fingerprints());

    private HashSet<string> Fingerprints() => [.. Anchors.Select(anchor => anchor.GetCertHashString(HashAlgorithmName.SHA256))];
}
