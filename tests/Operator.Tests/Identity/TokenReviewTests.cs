using System.Net;
using System.Text;
using Grpc.Core;
using k8s;
using k8s.Models;
using Mesh.Operator.Identity;

namespace Mesh.Operator.Tests.Identity;

/// <summary>What an API server may answer of a token, and no well-behaved one does.</summary>
public sealed class TokenReviewTests
{
    private const string Uid = "7c1d";

    [Fact]
    public async Task TokensOwnPod_IsKnown() =>
        Assert.False((await VerifyAsync(Vouched(), Pod("frontend", Uid))).IsRefused(out _, out _));

    [Theory]
    [InlineData("payments", Uid, "token: it is service account frontend's; pod shop/frontend-1 runs under payments")]
    [InlineData(null, Uid, "token: it is service account frontend's; pod shop/frontend-1 runs under default")]
    [InlineData("frontend", "another", "token: there is no pod shop/frontend-1")]
    public async Task PodThatIsNotTheTokens_GetsNothing(string? account, string uid, string detail)
    {
        Assert.True((await VerifyAsync(Vouched(), Pod(account, uid))).IsRefused(out var refusal, out _));
        Assert.Equal(detail, refusal.Detail);
    }

    public static TheoryData<string, V1TokenReviewStatus> Answers => new()
    {
        { "not accepted", Vouched(status => status.Authenticated = false) },
        { "another audience", Vouched(status => status.Audiences = ["https://vault.example"]) },
        { "no audience", Vouched(status => status.Audiences = null) },
        { "somebody who is no service account", Vouched(status => status.User.Username = "admin") },
        { "a name with more parts", Vouched(status => status.User.Username = "system:serviceaccount:shop:frontend:admin") },
        { "no pod", Vouched(status => status.User.Extra.Remove("authentication.kubernetes.io/pod-name")) },
        { "a pod without its number", Vouched(status => status.User.Extra.Remove("authentication.kubernetes.io/pod-uid")) },
    };

    [Theory]
    [MemberData(nameof(Answers), DisableDiscoveryEnumeration = true)]
    public async Task AnswerThatDoesNotVouch_IsNotBelieved(string what, V1TokenReviewStatus answer)
    {
        Assert.NotEmpty(what);
        Assert.True((await VerifyAsync(answer, Pod("frontend", Uid))).IsRefused(out var refusal, out _));
        Assert.True(refusal.Status is StatusCode.Unauthenticated or StatusCode.PermissionDenied);
    }

    private static async Task<TokenVerdict> VerifyAsync(V1TokenReviewStatus answer, V1Pod pod)
    {
        using var server = new PlayedApiServer(answer);
        using var kubernetes = new Kubernetes(new KubernetesClientConfiguration { Host = "http://127.0.0.1:1" }, server);
        return await new TokenReviewVerifier(kubernetes, Given.State(pod), TimeProvider.System).VerifyAsync("a.b.c", TestContext.Current.CancellationToken);
    }

    private static V1Pod Pod(string? account, string uid) => new()
    {
        Metadata = new() { Name = "frontend-1", NamespaceProperty = "shop", Uid = uid },
        Spec = new() { ServiceAccountName = account, Containers = [] },
    };

    private static V1TokenReviewStatus Vouched(Action<V1TokenReviewStatus>? change = null)
    {
        var status = new V1TokenReviewStatus
        {
            Authenticated = true,
            Audiences = ["mesh.io"],
            User = new()
            {
                Username = "system:serviceaccount:shop:frontend",
                Extra = new Dictionary<string, IList<string>> { ["authentication.kubernetes.io/pod-name"] = ["frontend-1"], ["authentication.kubernetes.io/pod-uid"] = [Uid] },
            },
        };
        change?.Invoke(status);
        return status;
    }

    // Knows of no pods: those that the operator has seen are in its state.
    private sealed class PlayedApiServer(V1TokenReviewStatus answer) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var (code, text) = request.Method == HttpMethod.Post
                ? (HttpStatusCode.Created, KubernetesJson.Serialize(new V1TokenReview { Spec = new() { Token = "a.b.c" }, Status = answer }))
                : (HttpStatusCode.NotFound, """{"kind": "Status", "code": 404, "reason": "NotFound"}""");
            return Task.FromResult(new HttpResponseMessage(code) { RequestMessage = request, Content = new StringContent(text, Encoding.UTF8, "application/json") });
        }
    }
}
