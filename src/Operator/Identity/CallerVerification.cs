using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Mesh.Api.Identity;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Identity;

/// <summary>Whether a client's certificate is one of the mesh.</summary>
internal sealed partial class CallerVerification(
    CurrentAuthority authority, ClusterState state, IdentityMetrics metrics, TimeProvider time, ILogger<CallerVerification> logger)
{
    private const int Burst = 10;

    // A client that is refused comes again, and again.
    private readonly TokenBuckets<bool> _allowance = new(Burst, perSecond: 1, most: 1, time);

    /// <summary>During the handshake: no certificate will do for some requests, a wrong one for none.</summary>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null) return true;
        var error = authority.Current is not { } known
            ? "the operator has no trust anchors yet"
            : WorkloadCertificate.Verify(
                certificate as X509Certificate2, chain?.ChainPolicy.ExtraStore, [.. known.Anchors], WorkloadCertificate.ClientAuthentication, time.GetUtcNow(), out var id)
                ?? (id!.TrustDomain == TrustDomain.Of(state.Current) ? null : $"found trust domain {id.TrustDomain}, expected {TrustDomain.Of(state.Current)}");
        if (error is null) return true;
        metrics.HandshakeRefused();
        if (_allowance.TryTake(true)) LogRefused(error);
        return false;
    }

    [LoggerMessage(LogLevel.Warning, "A client was refused: {Reason}")]
    private partial void LogRefused(string reason);
}
