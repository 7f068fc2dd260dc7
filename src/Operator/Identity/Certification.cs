using System.Net;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Identity;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Identity;

/// <summary>
/// From a request to a certificate. What costs nothing is checked first, and what costs the API server something is asked only for
/// what may be good:
/// 1. the address that asks has not been refused too often; 2. the token looks like one; 3. the signing request may be signed;
/// 4. the token is verified, one of a bounded number at a time; 5. its owner doesn't ask too often; 6. the issuer signs.
/// </summary>
internal sealed class Certification(
    CurrentAuthority authority,
    ITokenVerifier verifier,
    SourceLimits sources,
    VerificationQueue queue,
    ClusterState state,
    OperatorIdentity self,
    IdentityLimits limits,
    TimeProvider time)
{
    private readonly TokenBuckets<(string, string)> _identities = new(limits.CertificatesOfAnIdentity, 1 / limits.CertificateInterval.TotalSeconds, limits.Remembered, time);

    public async Task<CertifyResult> CertifyAsync(CertifyRequest request, IPAddress source, CancellationToken cancellationToken)
    {
        if (verifier.AsksElsewhere && !sources.MayAsk(source)) return CertifyResult.Refuse(RefusalReason.SourceLimit, $"found too many bad requests from {source}; trying later helps");
        var result = await CheckAsync(request, source, cancellationToken);
        // Who is refused for what is not its doing may try again.
        if (result.Refusal is { Reason: not (RefusalReason.Unavailable or RefusalReason.NoIssuer or RefusalReason.QueueFull) }) sources.Refused(source);
        return result;
    }

    private async Task<CertifyResult> CheckAsync(CertifyRequest request, IPAddress source, CancellationToken cancellationToken)
    {
        if (verifier.Glance(request.Token) is { } ill) return new(null, ill, null);
        if (SigningRequest.Read(request.SigningRequest.Span, out var key) is { } error) return CertifyResult.Refuse(RefusalReason.SigningRequest, error);
        if (Unready() is { } unready) return new(null, unready, null);

        var verdict = await VerifyAsync(request.Token, source, cancellationToken);
        if (verdict.IsRefused(out var refusal, out var owner)) return new(null, refusal, null);
        return Issue(owner, key!);
    }

    private async Task<TokenVerdict> VerifyAsync(string token, IPAddress source, CancellationToken cancellationToken)
    {
        if (!verifier.AsksElsewhere) return await verifier.VerifyAsync(token, cancellationToken);
        if (await queue.EnterAsync(source, cancellationToken) is { } full) return new(null, full);
        try
        {
            return await verifier.VerifyAsync(token, cancellationToken);
        }
        finally
        {
            queue.Leave(source);
        }
    }

    private CertifyResult Issue(TokenOwner owner, PublicKey key)
    {
        var claimed = new SpiffeId(TrustDomain.Of(state.Current), owner.Namespace, owner.ServiceAccount);
        // The API server lets only such names exist; standalone, anybody may have written them.
        if (!SpiffeId.TryParse(claimed.ToString(), out var id) || id != claimed) return CertifyResult.Refuse(RefusalReason.InvalidToken, $"token: {claimed} names no workload", owner);
        if (id.Workload == self.Workload) return CertifyResult.Refuse(RefusalReason.ReservedIdentity, $"token: {id.Workload} is the operator itself", owner);
        if (!_identities.TryTake((owner.Namespace, owner.Name)))
        {
            return CertifyResult.Refuse(RefusalReason.RateLimit, $"found more than {limits.CertificatesOfAnIdentity} requests of {owner.Namespace}/{owner.Name} in a row, expected one in {limits.CertificateInterval.TotalSeconds:0} s", owner);
        }
        if (Unready() is { } unready) return new(null, unready, owner);
        var signing = authority.Current!;
        var issued = signing.Issue(key, id, owner.Name, time.GetUtcNow(), IdentityPolicy.Of(state.Current).CertificateLifetime, Random.Shared.NextDouble());
        return new(Response(signing, issued), null, owner);
    }

    private CertifyRefusal? Unready()
    {
        if (!state.Current.IsSynced) return new(RefusalReason.Unavailable, "the operator has not read the whole cluster yet");
        if (authority.Current is not { } signing) return new(RefusalReason.NoIssuer, "the operator has no issuer yet");
        return signing.CanIssue(time.GetUtcNow()) ? null : new(RefusalReason.NoIssuer, $"the issuer's certificate ended {signing.IssuerEnds:u}");
    }

    private static CertifyResponse Response(CertificateAuthority signing, IssuedCertificate issued)
    {
        using var certificate = issued.Certificate;
        return new()
        {
            Certificates = { issued.Intermediates.Prepend(certificate).Select(one => ByteString.CopyFrom(one.RawData)) },
            RenewAt = Timestamp.FromDateTimeOffset(issued.RenewAt),
            TrustAnchors = { signing.Anchors.Select(anchor => ByteString.CopyFrom(anchor.RawData)) },
        };
    }
}
