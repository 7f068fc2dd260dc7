using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Mesh.KubeApi.Clusters;

namespace Mesh.KubeApi.Tests;

/// <summary>What befalls clients of an API server, on demand. Each test has a server of its own: faults concern everyone.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private readonly ClusterFixture _cluster = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _cluster.InitializeAsync();

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Restart_KeepsWhatIsStored_AtTheSameAddress()
    {
        using var client = _cluster.CreateClient();
        var created = await client.CoreV1.CreateNamespacedConfigMapAsync(NewConfigMap("kept"), "default", cancellationToken: Cancellation);

        await _cluster.RestartAsync();

        using var after = _cluster.CreateClient();
        var read = await after.CoreV1.ReadNamespacedConfigMapAsync("kept", "default", cancellationToken: Cancellation);
        Assert.Equal((created.Uid(), created.ResourceVersion()), (read.Uid(), read.ResourceVersion()));
    }

    [Fact]
    public async Task Restart_BreaksWatches_WhichResumeWhereTheyWere()
    {
        var standIn = _cluster.StandIn;
        using var client = _cluster.CreateClient();
        var list = await client.CoreV1.ListNamespacedConfigMapAsync("default", cancellationToken: Cancellation);
        var broken = client.CoreV1.WatchListNamespacedConfigMapAsync("default", resourceVersion: list.ResourceVersion(), cancellationToken: Cancellation).ToListAsync(Cancellation).AsTask();
        await Eventually(() => standIn.OpenWatches == 1);

        await standIn.StopAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => broken);
        await standIn.StartAsync();

        using var after = _cluster.CreateClient();
        await after.CoreV1.CreateNamespacedConfigMapAsync(NewConfigMap("later"), "default", cancellationToken: Cancellation);
        var events = await after.CoreV1.WatchListNamespacedConfigMapAsync("default", resourceVersion: list.ResourceVersion(), cancellationToken: Cancellation).Take(1).ToListAsync(Cancellation);
        Assert.Equal("later", events.Single().Item2.Name());
    }

    [Fact]
    public async Task CutWatches_BreaksThoseThatAreOpen()
    {
        var standIn = _cluster.StandIn;
        using var client = _cluster.CreateClient();
        var list = await client.CoreV1.ListNamespaceAsync(cancellationToken: Cancellation);
        var watch = client.CoreV1.WatchListNamespaceAsync(resourceVersion: list.ResourceVersion(), cancellationToken: Cancellation).ToListAsync(Cancellation).AsTask();
        await Eventually(() => standIn.OpenWatches == 1);

        standIn.CutWatches();

        await Assert.ThrowsAnyAsync<Exception>(() => watch);
        await Eventually(() => standIn.OpenWatches == 0);
    }

    [Fact]
    public async Task Compact_EndsAnOldWatchByAnErrorEvent()
    {
        var standIn = _cluster.StandIn;
        using var client = _cluster.CreateClient();
        var list = await client.CoreV1.ListNamespaceAsync(cancellationToken: Cancellation);
        await client.CoreV1.CreateNamespacedConfigMapAsync(NewConfigMap("any"), "default", cancellationToken: Cancellation);
        standIn.Compact();

        var errors = new List<Exception>();
        var events = await client.CoreV1.WatchListNamespaceAsync(resourceVersion: list.ResourceVersion(), onError: errors.Add, cancellationToken: Cancellation).ToListAsync(Cancellation);

        Assert.Empty(events);
        Assert.Equal(410, Assert.IsType<KubernetesException>(errors.Single()).Status.Code);
    }

    [Fact]
    public async Task Compact_EndsAnOldWatchByStatus_WhereAskedFor()
    {
        var standIn = _cluster.StandIn;
        standIn.RefusesExpiredWatches = true;
        using var client = _cluster.CreateClient();
        var list = await client.CoreV1.ListNamespaceAsync(cancellationToken: Cancellation);
        await client.CoreV1.CreateNamespacedConfigMapAsync(NewConfigMap("any"), "default", cancellationToken: Cancellation);
        standIn.Compact();

        var failure = await Assert.ThrowsAsync<HttpOperationException>(async () =>
            await client.CoreV1.WatchListNamespaceAsync(resourceVersion: list.ResourceVersion(), cancellationToken: Cancellation).ToListAsync(Cancellation));

        Assert.Equal(HttpStatusCode.Gone, failure.Response.StatusCode);
    }

    [Fact]
    public async Task Compact_EndsAPagedListByStatus()
    {
        var standIn = _cluster.StandIn;
        using var client = _cluster.CreateClient();
        var page = await client.CoreV1.ListNamespaceAsync(limit: 1, cancellationToken: Cancellation);
        await client.CoreV1.CreateNamespacedConfigMapAsync(NewConfigMap("any"), "default", cancellationToken: Cancellation);
        standIn.Compact();

        var failure = await Assert.ThrowsAsync<HttpOperationException>(() => client.CoreV1.ListNamespaceAsync(limit: 1, continueParameter: page.Continue(), cancellationToken: Cancellation));

        Assert.Equal(HttpStatusCode.Gone, failure.Response.StatusCode);
    }

    [Fact]
    public async Task SilenceWatches_KeepsThemOpen_AndSaysNothing()
    {
        var standIn = _cluster.StandIn;
        using var client = _cluster.CreateClient();
        var list = await client.CoreV1.ListNamespacedConfigMapAsync("default", cancellationToken: Cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var heard = new List<string>();
        var silent = FollowAsync(client, list.ResourceVersion(), heard, stop.Token);
        await Eventually(() => standIn.OpenWatches == 1);

        standIn.SilenceWatches();
        await client.CoreV1.CreateNamespacedConfigMapAsync(NewConfigMap("unheard"), "default", cancellationToken: Cancellation);

        // A watch opened since hears of it; by then the silent one would have, too.
        var events = await client.CoreV1.WatchListNamespacedConfigMapAsync("default", resourceVersion: list.ResourceVersion(), cancellationToken: Cancellation).Take(1).ToListAsync(Cancellation);
        Assert.Equal("unheard", events.Single().Item2.Name());
        Assert.Empty(heard);
        Assert.False(silent.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => silent);
    }

    [Fact]
    public async Task Requests_AreRecorded()
    {
        var standIn = _cluster.StandIn;
        using var client = _cluster.CreateClient();
        await client.CoreV1.ListNamespaceAsync(labelSelector: "a=b", cancellationToken: Cancellation);
        var request = standIn.Requests.Last();
        Assert.Equal(("GET", "/api/v1/namespaces", "?labelSelector=a%3Db&watch=false"), (request.Method, request.Path, request.Query));
    }

    [Fact]
    public async Task RequestWithoutTheToken_IsUnauthorized()
    {
        using var client = new Kubernetes(new() { Host = _cluster.Configuration.Host, SslCaCerts = _cluster.Configuration.SslCaCerts, AccessToken = "wrong" });
        var failure = await Assert.ThrowsAsync<HttpOperationException>(() => client.CoreV1.ListNamespaceAsync(cancellationToken: Cancellation));
        Assert.Equal(HttpStatusCode.Unauthorized, failure.Response.StatusCode);
    }

    private static async Task FollowAsync(Kubernetes client, string version, List<string> heard, CancellationToken cancellation)
    {
        await foreach (var (_, item) in client.CoreV1.WatchListNamespacedConfigMapAsync("default", resourceVersion: version, cancellationToken: cancellation)) heard.Add(item.Name());
    }

    private static async Task Eventually(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(TimeSpan.FromMilliseconds(20), Cancellation);
    }

    private static V1ConfigMap NewConfigMap(string name) => new() { Metadata = new() { Name = name } };
}
