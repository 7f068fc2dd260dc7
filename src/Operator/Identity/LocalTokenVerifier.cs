using Mesh.Api.Identity;

namespace Mesh.Operator.Identity;

/// <summary>Standalone: a token was made with the join key in the operator's state folder.</summary>
internal sealed class LocalTokenVerifier(JoinKey key, TimeProvider time) : ITokenVerifier
{
    public bool AsksElsewhere => false;

    // It costs less than looking at the signing request does.
    public CertifyRefusal? Glance(string token) => Verify(token).Refusal;

    public Task<TokenVerdict> VerifyAsync(string token, CancellationToken cancellationToken) => Task.FromResult(Verify(token));

    private TokenVerdict Verify(string token) =>
        LocalToken.Verify(token, key.Bytes, time.GetUtcNow(), out var read) is { } error
            ? TokenVerdict.Refuse(RefusalReason.InvalidToken, $"token: {error}")
            : new TokenOwner(read!.Namespace, read.ServiceAccount, read.Proxy, PodUid: null);
}
