using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Operator.Identity;

/// <summary>Reads a proxy's signing request (PKCS #10, RFC 2986). Of it the public key alone counts, so nothing else may be in it.</summary>
internal static class SigningRequest
{
    /// <summary>Bytes: one with a P-256 key and an empty subject has about 250.</summary>
    public const int LongestRequest = 2048;

    private const string P256 = "1.2.840.10045.3.1.7";

    /// <param name="request">DER.</param>
    /// <param name="key">The key that the request is signed with.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? Read(ReadOnlySpan<byte> request, out PublicKey? key)
    {
        key = null;
        if (request.Length is 0 or > LongestRequest) return $"signing_request: found {request.Length} bytes, expected 1 to {LongestRequest}";
        try
        {
            // Loading verifies the signature, by which the sender shows that the key is its own.
            var read = CertificateRequest.LoadSigningRequest(
                request, HashAlgorithmName.SHA256, out var consumed, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
            if (consumed != request.Length) return $"signing_request: found {request.Length - consumed} bytes after its end, expected none";
            if (Curve(read.PublicKey) is not P256) return $"signing_request: found a key of {Name(read.PublicKey)}, expected ECDSA P-256";
            if (read.SubjectName.EnumerateRelativeDistinguishedNames().Any()) return "signing_request: found a subject, expected none: the token says who it is";
            if (read.CertificateExtensions.FirstOrDefault() is { } extension) return $"signing_request: found a request for extension {extension.Oid?.Value}, expected none";
            if (read.OtherRequestAttributes.FirstOrDefault() is { } attribute) return $"signing_request: found attribute {attribute.Oid?.Value}, expected none";
            key = read.PublicKey;
            return null;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or NotSupportedException)
        {
            return "signing_request: expected a PKCS #10 request in DER that is signed by its own key";
        }
    }

    private static string? Curve(PublicKey key)
    {
        using var ecdsa = key.Oid.Value == "1.2.840.10045.2.1" ? key.GetECDsaPublicKey() : null;
        return ecdsa?.ExportParameters(includePrivateParameters: false).Curve is { IsNamed: true } curve ? curve.Oid.Value : null;
    }

    private static string Name(PublicKey key) => key.Oid.FriendlyName ?? key.Oid.Value ?? "an unknown kind";
}
