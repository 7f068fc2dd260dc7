using k8s;
using k8s.Models;
using Mesh.KubeApi.Clusters;

namespace Mesh.KubeApi.Tests;

public sealed class WatchTests(ClusterFixture cluster) : ClusterTest(cluster)
{
    [Fact]
    public async Task Watch_FromAList_HearsOfEveryChangeSince()
    {
        var space = await CreateNamespaceAsync();
        await Client.CoreV1.CreateNamespacedConfigMapAsync(NewConfigMap("before"), space, cancellationToken: Cancellation);
        var list = await Client.CoreV1.ListNamespacedConfigMapAsync(space, cancellationToken: Cancellation);
        Assert.Equal(["before"], list.Items.Select(item => item.Name()));

        var created = await Client.CoreV1.CreateNamespacedConfigMapAsync(NewConfigMap("after"), space, cancellationToken: Cancellation);
        created.Data = new Dictionary<string, string> { ["key"] = "new" };
        await Client.CoreV1.ReplaceNamespacedConfigMapAsync(created, "after", space, cancellationToken: Cancellation);
        await Client.CoreV1.DeleteNamespacedConfigMapAsync("after", space, cancellationToken: Cancellation);

        var events = await Client.CoreV1.WatchListNamespacedConfigMapAsync(space, resourceVersion: list.ResourceVersion(), cancellationToken: Cancellation)
            .Take(3).Select(change => (change.Item1, change.Item2.Name())).ToListAsync(Cancellation);

        Assert.Equal([(WatchEventType.Added, "after"), (WatchEventType.Modified, "after"), (WatchEventType.Deleted, "after")], events);
    }

    private static V1ConfigMap NewConfigMap(string name) => new() { Metadata = new() { Name = name } };
}
