using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Bench.Peers;

/// <summary>What a pair of HAProxy proves itself with: as the mesh's certificates, ECDSA P-256.</summary>
internal sealed class PairCertificates
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);

    public PairCertificates(Stage stage)
    {
        var now = stage.Time.GetUtcNow();
        var (from, until) = (now - Life, now + Life);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=anchor", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var anchor = request.CreateSelfSigned(from, until);
        Anchor = stage.Write("pair/anchor.pem", anchor.ExportCertificatePem());
        Client = stage.Write("pair/client.pem", Issue("client", anchor, from, until));
        Server = stage.Write("pair/server.pem", Issue("server", anchor, from, until));
    }

    public string Anchor { get; }

    /// <summary>Certificate and key.</summary>
    public string Client { get; }

    /// <summary>Certificate and key.</summary>
    public string Server { get; }

    private static string Issue(string name, X509Certificate2 anchor, DateTimeOffset from, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).Create(anchor, from, until, RandomNumberGenerator.GetBytes(8));
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }
}
