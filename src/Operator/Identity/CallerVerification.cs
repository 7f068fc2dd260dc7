using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Mesh.Api.Identity;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Identity;

/// <summary>Whether a client's certificate is one of the mesh.</summary>
internal sealed partial class CallerVerification(CurrentAuthority authority, ClusterState state, TimeProvider time, ILogger<CallerVerification> logger)
{
    /// <summary>During the handshake: no certificate will do for some requests, a wrong one for none.</summary>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null) return true;
        var error = authority.Current is not { } known
            ? "the operator has no trust anchors yet"
            : WorkloadCertificate.Verify(
                certificate as X509Certificate2, chain?.ChainPolicy.ExtraStore, [.. known.Anchors], WorkloadCertificate.ClientAuthentication, time.GetUtcNow(), out var id)
                ?? (id!.TrustDomain == TrustDomain.Of(state.Current) ? null : $"found trust domain {id.TrustDomain}, expected {TrustDomain.Of(state.Current)}");
        if (error is not null) LogRefused(error);
        return error is null;
    }

    [LoggerMessage(LogLevel.Warning, "A client was refused: {Reason}")]
    private partial void LogRefused(string reason);
}
