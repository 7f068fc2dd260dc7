using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;

namespace Mesh.Operator.Injection;

/// <summary>A serving certificate with its key, and the authorities by which clients may know it; all PEM.</summary>
internal sealed record CertificateBundle(string Certificate, string Key, string Authorities)
{
    private const string CertificateEntry = "tls.crt";
    private const string KeyEntry = "tls.key";
    private const string AuthoritiesEntry = "ca.crt";

    /// <summary>Reads what a Secret holds.</summary>
    /// <returns>Null where an entry is missing.</returns>
    public static CertificateBundle? From(V1Secret secret) =>
        secret.Data is { } data
        && data.TryGetValue(CertificateEntry, out var certificate)
        && data.TryGetValue(KeyEntry, out var key)
        && data.TryGetValue(AuthoritiesEntry, out var authorities)
            ? new(Encoding.ASCII.GetString(certificate), Encoding.ASCII.GetString(key), Encoding.ASCII.GetString(authorities))
            : null;

    public Dictionary<string, byte[]> ToSecretData() => new()
    {
        [CertificateEntry] = Encoding.ASCII.GetBytes(Certificate),
        [KeyEntry] = Encoding.ASCII.GetBytes(Key),
        [AuthoritiesEntry] = Encoding.ASCII.GetBytes(Authorities),
    };

    /// <exception cref="CryptographicException">It is no certificate, or the key is another's.</exception>
    public X509Certificate2 Load() => X509Certificate2.CreateFromPem(Certificate, Key);
}
