using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Mesh.Api.Identity;

namespace Mesh.Proxy.Identity;

/// <summary>Verifies the peer of one handshake: chain to the trust anchors, one workload of our own trust domain, and the one expected.</summary>
/// <param name="credentials">Whom we are and whom we believe.</param>
/// <param name="expected">The only one to be believed; null: whoever is of the trust domain.</param>
internal sealed class PeerCheck(Credentials credentials, SpiffeId? expected)
{
    /// <summary>Who the peer is; null until it is verified.</summary>
    public SpiffeId? Id { get; private set; }

    /// <summary>When its certificate ends, once it is verified.</summary>
    public DateTimeOffset Ends { get; private set; }

    /// <summary>Why it is not believed.</summary>
    public string? Refusal { get; private set; }

    /// <summary>For <see cref="RemoteCertificateValidationCallback"/>; it throws nothing.</summary>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Refusal = certificate is X509Certificate2 shown ? RefusalOf(shown, chain, errors) : "it showed no certificate";
        return Refusal is null;
    }

    private string? RefusalOf(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        // What a certificate says of names is nothing here: workloads are known by their identity.
        if ((errors & (SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNotAvailable)) != 0) return $"its certificate is not to be trusted ({Describe(chain)})";
        if (!WorkloadCertificate.TryReadId(certificate, out var id)) return "its certificate names no workload, or more than one";
        if (id.TrustDomain != credentials.Id.TrustDomain) return $"it is {id}, of another trust domain than {credentials.Id.TrustDomain}";
        if (expected is not null && id != expected) return $"it is {id}, expected {expected}";
        if (chain is not null) credentials.Learn(chain);
        (Id, Ends) = (id, certificate.NotAfter.ToUniversalTime());
        return null;
    }

    private static string Describe(X509Chain? chain) =>
        string.Join(", ", (chain?.ChainStatus ?? []).Select(status => status.Status).Distinct()) is { Length: > 0 } found ? found : "no chain";
}
