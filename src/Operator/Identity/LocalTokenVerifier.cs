using Mesh.Api.Identity;

namespace Mesh.Operator.Identity;

/// <summary>Standalone: a token was made with the join key in the operator's state folder.</summary>
internal sealed class LocalTokenVerifier(JoinKey key, TimeProvider time) : ITokenVerifier
{
    public bool AsksElsewhere => false;

    public CertifyRefusal? Glance(string token) => null;

    public Task<TokenVerdict> VerifyAsync(string token, CancellationToken cancellationToken) => Task.FromResult(
        LocalToken.Verify(token, key.Bytes, time.GetUtcNow(), out var read) is { } error
            ? TokenVerdict.Refuse(RefusalReason.InvalidToken, $"token: {error}")
            : new TokenOwner(read!.Namespace, read.ServiceAccount, read.Proxy, PodUid: null));
}
