using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Mesh.KubeApi.Clusters;

namespace Mesh.KubeApi.Tests;

/// <summary>What the tests share: a client, and namespaces of their own that go with them.</summary>
public abstract class ClusterTest(ClusterFixture cluster) : IAsyncLifetime
{
    private readonly List<string> _namespaces = [];

    protected Kubernetes Client { get; } = cluster.CreateClient();

    protected ClusterFixture Cluster => cluster;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var name in _namespaces) await DeleteAsync(name);
        Client.Dispose();
        GC.SuppressFinalize(this);
    }

    protected async Task<string> CreateNamespaceAsync()
    {
        var name = ClusterFixture.UniqueNamespace();
        await Client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = name } }, cancellationToken: Cancellation);
        _namespaces.Add(name);
        return name;
    }

    private async Task DeleteAsync(string name)
    {
        try
        {
            await Client.CoreV1.DeleteNamespaceAsync(name);
        }
        catch (HttpOperationException failure) when (failure.Response.StatusCode == HttpStatusCode.NotFound)
        {
            // The test has deleted it.
        }
    }
}
