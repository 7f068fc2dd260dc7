using k8s;
using k8s.Autorest;
using k8s.Models;
using Mesh.KubeApi.Clusters;

namespace Mesh.KubeApi.Tests;

public sealed class TokenTests(ClusterFixture cluster) : ClusterTest(cluster)
{
    [Fact]
    public async Task BoundToken_NamesItsPod_ForItsAudienceOnly()
    {
        var pod = await CreatePodAsync();
        var token = await CreateTokenAsync(pod, pod.Uid());

        var status = await ReviewAsync(token, "mesh.io");
        Assert.True(status.Authenticated);
        Assert.Equal(["mesh.io"], status.Audiences);
        Assert.Equal($"system:serviceaccount:{pod.Namespace()}:worker", status.User.Username);
        Assert.Equal([pod.Name()], status.User.Extra["authentication.kubernetes.io/pod-name"]);
        Assert.Equal([pod.Uid()], status.User.Extra["authentication.kubernetes.io/pod-uid"]);

        Assert.NotEqual(true, (await ReviewAsync(token, "another")).Authenticated);
        Assert.NotEqual(true, (await ReviewAsync(token + "x", "mesh.io")).Authenticated);
    }

    [Fact]
    public async Task BoundToken_EndsWithItsPod()
    {
        var pod = await CreatePodAsync();
        var token = await CreateTokenAsync(pod, pod.Uid());

        await Client.CoreV1.DeleteNamespacedPodAsync(pod.Name(), pod.Namespace(), gracePeriodSeconds: 0, cancellationToken: Cancellation);

        var status = await ReviewAsync(token, "mesh.io");
        Assert.NotEqual(true, status.Authenticated);
        Assert.NotEmpty(status.Error);
    }

    [Fact]
    public async Task TokenForAnotherPod_IsNotMade()
    {
        var pod = await CreatePodAsync();

        await Assert.ThrowsAsync<HttpOperationException>(() => CreateTokenAsync(pod, Guid.NewGuid().ToString()));
    }

    private async Task<V1Pod> CreatePodAsync()
    {
        var ns = await CreateNamespaceAsync();
        await Client.CoreV1.CreateNamespacedServiceAccountAsync(new V1ServiceAccount { Metadata = new() { Name = "worker" } }, ns, cancellationToken: Cancellation);
        var pod = new V1Pod { Metadata = new() { Name = "worker-1" }, Spec = new() { ServiceAccountName = "worker", Containers = [new() { Name = "app", Image = "app" }] } };
        return await Client.CoreV1.CreateNamespacedPodAsync(pod, ns, cancellationToken: Cancellation);
    }

    private async Task<string> CreateTokenAsync(V1Pod pod, string uid)
    {
        var request = new Authenticationv1TokenRequest
        {
            Spec = new() { Audiences = ["mesh.io"], BoundObjectRef = new() { ApiVersion = "v1", Kind = "Pod", Name = pod.Name(), Uid = uid } },
        };
        return (await Client.CoreV1.CreateNamespacedServiceAccountTokenAsync(request, "worker", pod.Namespace(), cancellationToken: Cancellation)).Status.Token;
    }

    private async Task<V1TokenReviewStatus> ReviewAsync(string token, string audience) =>
        (await Client.AuthenticationV1.CreateTokenReviewAsync(new() { Spec = new() { Token = token, Audiences = [audience] } }, cancellationToken: Cancellation)).Status;
}
