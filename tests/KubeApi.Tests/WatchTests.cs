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
        await CreateAsync(space, "before");
        var list = await ListAsync(space);
        Assert.Equal(["before"], list.Items.Select(item => item.Name()));

        var created = await CreateAsync(space, "after");
        created.Data = new Dictionary<string, string> { ["key"] = "new" };
        await Client.CoreV1.ReplaceNamespacedConfigMapAsync(created, "after", space, cancellationToken: Cancellation);
        await Client.CoreV1.DeleteNamespacedConfigMapAsync("after", space, cancellationToken: Cancellation);

        var events = await TakeAsync(WatchAsync(space, list.ResourceVersion()), 3);

        Assert.Equal([(WatchEventType.Added, "after"), (WatchEventType.Modified, "after"), (WatchEventType.Deleted, "after")], events.Select(change => (change.Type, change.Item.Name())));
        Assert.True(long.Parse(events[2].Item.ResourceVersion()) > long.Parse(events[1].Item.ResourceVersion()));
    }

    [Fact]
    public async Task Watch_WithASelector_SeesObjectsComeAndGo()
    {
        var space = await CreateNamespaceAsync();
        var list = await ListAsync(space);
        await CreateAsync(space, "plain");
        await CreateAsync(space, "chosen", ("app", "shop"));
        await Client.CoreV1.PatchNamespacedConfigMapAsync(new V1Patch("""{"metadata":{"labels":{"app":"other"}}}""", V1Patch.PatchType.MergePatch), "chosen", space, cancellationToken: Cancellation);

        var events = await TakeAsync(WatchAsync(space, list.ResourceVersion(), labels: "app=shop"), 2);

        Assert.Equal([(WatchEventType.Added, "chosen"), (WatchEventType.Deleted, "chosen")], events.Select(change => (change.Type, change.Item.Name())));
    }

    [Fact]
    public async Task Watch_WithoutAVersion_StartsWithWhatIsThere()
    {
        var space = await CreateNamespaceAsync();
        await CreateAsync(space, "there");
        var events = await TakeAsync(WatchAsync(space, null), 1);
        Assert.Equal((WatchEventType.Added, "there"), (events[0].Type, events[0].Item.Name()));
    }

    [Fact]
    public async Task WatchList_EndsItsInitialEventsWithABookmark()
    {
        var space = await CreateNamespaceAsync();
        await CreateAsync(space, "there");
        using var lines = await OpenAsync(space, "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=30");

        Assert.Contains("\"ADDED\"", await lines.ReadLineAsync(Cancellation), StringComparison.Ordinal);
        Assert.Contains("\"k8s.io/initial-events-end\":\"true\"", await lines.ReadLineAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bookmarks_TellTheVersion_ThoughNothingSelectedChanges()
    {
        _ = Cluster.StandIn;
        var space = await CreateNamespaceAsync();
        var list = await ListAsync(space);
        var other = await Client.CoreV1.CreateNamespacedSecretAsync(new() { Metadata = new() { Name = "other" } }, space, cancellationToken: Cancellation);

        var events = await TakeAsync(WatchAsync(space, list.ResourceVersion(), bookmarks: true), 1);

        Assert.Equal(WatchEventType.Bookmark, events[0].Type);
        Assert.True(long.Parse(events[0].Item.ResourceVersion()) >= long.Parse(other.ResourceVersion()));
    }

    [Fact]
    public async Task Watch_EndsInOrder_AfterItsTimeout()
    {
        var space = await CreateNamespaceAsync();
        using var lines = await OpenAsync(space, $"resourceVersion={(await ListAsync(space)).ResourceVersion()}&timeoutSeconds=1");
        Assert.Null(await lines.ReadLineAsync(Cancellation));
    }

    [Fact]
    public async Task List_InPages_ShowsOneVersion()
    {
        var space = await CreateNamespaceAsync();
        foreach (var name in new[] { "a", "b", "c" }) await CreateAsync(space, name);

        var first = await Client.CoreV1.ListNamespacedConfigMapAsync(space, limit: 2, cancellationToken: Cancellation);
        await CreateAsync(space, "bb");
        var second = await Client.CoreV1.ListNamespacedConfigMapAsync(space, limit: 2, continueParameter: first.Continue(), cancellationToken: Cancellation);

        Assert.Equal(["a", "b"], first.Items.Select(item => item.Name()));
        Assert.Equal(["c"], second.Items.Select(item => item.Name()));
        Assert.Equal(first.ResourceVersion(), second.ResourceVersion());
        Assert.True(string.IsNullOrEmpty(second.Continue()));
    }

    private Task<V1ConfigMapList> ListAsync(string space) => Client.CoreV1.ListNamespacedConfigMapAsync(space, cancellationToken: Cancellation);

    private IAsyncEnumerable<(WatchEventType Type, V1ConfigMap Item)> WatchAsync(string space, string? version, string? labels = null, bool? bookmarks = null) =>
        Client.CoreV1.WatchListNamespacedConfigMapAsync(space, resourceVersion: version, labelSelector: labels, allowWatchBookmarks: bookmarks, cancellationToken: Cancellation);

    /// <summary>The lines of a watch as they are: the client hides how it ends.</summary>
    private async Task<StreamReader> OpenAsync(string space, string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Client.BaseUri, $"api/v1/namespaces/{space}/configmaps?watch=true&{query}"));
        await Client.Credentials.ProcessHttpRequestAsync(request, Cancellation);
        var response = await Client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        return new(await response.Content.ReadAsStreamAsync(Cancellation));
    }

    private static async Task<List<(WatchEventType Type, V1ConfigMap Item)>> TakeAsync(IAsyncEnumerable<(WatchEventType Type, V1ConfigMap Item)> events, int count) =>
        await events.Take(count).ToListAsync(Cancellation);

    private Task<V1ConfigMap> CreateAsync(string space, string name, params (string Key, string Value)[] labels) =>
        Client.CoreV1.CreateNamespacedConfigMapAsync(new() { Metadata = new() { Name = name, Labels = labels.ToDictionary(label => label.Key, label => label.Value) } }, space, cancellationToken: Cancellation);
}
