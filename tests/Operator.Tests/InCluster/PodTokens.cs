using k8s;
using k8s.Models;

namespace Mesh.Operator.Tests.InCluster;

/// <summary>Pods, and the tokens that the kubelet has made for them.</summary>
internal static class PodTokens
{
    public static async Task<V1Pod> CreatePodAsync(Kubernetes client, string ns, string name, string account, bool isMeshed)
    {
        var accounts = await client.CoreV1.ListNamespacedServiceAccountAsync(ns);
        if (accounts.Items.All(existing => existing.Metadata.Name != account))
        {
            await client.CoreV1.CreateNamespacedServiceAccountAsync(new V1ServiceAccount { Metadata = new() { Name = account } }, ns);
        }
        return await client.CoreV1.CreateNamespacedPodAsync(
            new V1Pod { Metadata = new() { Name = name }, Spec = new() { ServiceAccountName = account, Containers = [new() { Name = isMeshed ? "mesh-proxy" : "app", Image = "app" }] } }, ns);
    }

    /// <summary>As for the pod's projected volume.</summary>
    public static Task<string> OfAsync(Kubernetes client, V1Pod pod, string audience = "mesh.io") => OfAsync(
        client, pod.Namespace(), pod.Spec.ServiceAccountName, audience, new() { ApiVersion = "v1", Kind = "Pod", Name = pod.Name(), Uid = pod.Uid() });

    public static async Task<string> OfAsync(Kubernetes client, string ns, string account, string audience, V1BoundObjectReference? bound)
    {
        var request = new Authenticationv1TokenRequest { Spec = new() { Audiences = [audience], ExpirationSeconds = 600, BoundObjectRef = bound } };
        return (await client.CoreV1.CreateNamespacedServiceAccountTokenAsync(request, account, ns)).Status.Token;
    }
}
