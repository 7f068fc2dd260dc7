using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Mesh.Operator.State;

namespace Mesh.Operator.Identity;

/// <summary>Has the API server verify a pod's projected token, and sees that the pod is the one that it was made for.</summary>
internal sealed class TokenReviewVerifier(IKubernetes kubernetes, ClusterState state, TimeProvider time) : ITokenVerifier
{
    /// <summary>The audience of the tokens that the injector has projected: no token for another program is good here, nor this one there.</summary>
    public const string Audience = "mesh.io";

    // Source: the API server's service account authenticator, pkg/serviceaccount in kubernetes/kubernetes.
    private const string PodNameKey = "authentication.kubernetes.io/pod-name";
    private const string PodUidKey = "authentication.kubernetes.io/pod-uid";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public bool AsksElsewhere => true;

    public CertifyRefusal? Glance(string token) => JsonWebTokens.Glance(token, Audience, time.GetUtcNow());

    public async Task<TokenVerdict> VerifyAsync(string token, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var status = (await kubernetes.AuthenticationV1.CreateTokenReviewAsync(
                new V1TokenReview { Spec = new V1TokenReviewSpec { Token = token, Audiences = [Audience] } }, cancellationToken: either.Token)).Status;
            var verdict = Read(status);
            return verdict.IsRefused(out _, out var owner) ? verdict : await CheckPodAsync(owner, either.Token);
        }
        catch (Exception exception) when (exception is HttpOperationException or HttpRequestException or IOException)
        {
            return TokenVerdict.Refuse(RefusalReason.Unavailable, $"the API server could not be asked: {exception.Describe()}");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return TokenVerdict.Refuse(RefusalReason.Unavailable, $"the API server did not answer within {Patience.TotalSeconds:0} s");
        }
    }

    /// <summary>Whom the API server says that the token belongs to.</summary>
    internal static TokenVerdict Read(V1TokenReviewStatus? status)
    {
        if (status?.Authenticated is not true) return TokenVerdict.Refuse(RefusalReason.InvalidToken, $"token: the API server does not accept it: {status?.Error ?? "it says no more"}");
        // An API server that knows nothing of audiences answers without any, and has not checked them.
        if (status.Audiences?.Contains(Audience) is not true) return TokenVerdict.Refuse(RefusalReason.WrongAudience, $"token: it is not for audience {Audience}");
        if (status.User?.Username?.Split(':') is not ["system", "serviceaccount", var ns, var account])
        {
            return TokenVerdict.Refuse(RefusalReason.NotPodBound, "token: it is no service account's");
        }
        return Extra(status, PodNameKey) is { } pod && Extra(status, PodUidKey) is { } uid
            ? new TokenOwner(ns, account, pod, uid)
            : TokenVerdict.Refuse(RefusalReason.NotPodBound, $"token: it is service account {ns}/{account}'s and not bound to a pod");
    }

    // A pod that has just been created may not have come by the watch yet, and one of the same name may have been there before it.
    private async Task<TokenVerdict> CheckPodAsync(TokenOwner owner, CancellationToken cancellationToken)
    {
        if (state.Current.Pods.TryGetValue(new(owner.Namespace, owner.Name), out var known) && known.Metadata.Uid == owner.PodUid) return Check(owner, known);
        try
        {
            return Check(owner, await kubernetes.CoreV1.ReadNamespacedPodAsync(owner.Name, owner.Namespace, cancellationToken: cancellationToken));
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound)
        {
            return TokenVerdict.Refuse(RefusalReason.UnknownPod, $"token: there is no pod {owner.Namespace}/{owner.Name}");
        }
    }

    private static TokenVerdict Check(TokenOwner owner, V1Pod pod)
    {
        if (pod.Metadata.Uid != owner.PodUid)
        {
            return TokenVerdict.Refuse(RefusalReason.OtherPod, $"token: it is of a pod {owner.Namespace}/{owner.Name} that is gone; there is another of that name");
        }
        var account = pod.Spec?.ServiceAccountName is { Length: > 0 } named ? named : "default";
        return account == owner.ServiceAccount
            ? owner
            : TokenVerdict.Refuse(RefusalReason.OtherPod, $"token: it is service account {owner.ServiceAccount}'s; pod {owner.Namespace}/{owner.Name} runs under {account}");
    }

    private static string? Extra(V1TokenReviewStatus status, string key) =>
        status.User.Extra is { } extra && extra.TryGetValue(key, out var values) && values is [{ Length: > 0 } value] ? value : null;
}
