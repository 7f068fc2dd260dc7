using System.Net;
using k8s;
using k8s.Autorest;
using k8s.LeaderElection;
using k8s.LeaderElection.ResourceLock;
using k8s.Models;
using Mesh.KubeApi.Clusters;

namespace Mesh.KubeApi.Tests;

/// <summary>What KubernetesClient expects.</summary>
public sealed class ClientTests(ClusterFixture cluster) : ClusterTest(cluster)
{
    [Fact]
    public async Task Create_FillsInWhatTheServerDecides()
    {
        var space = await CreateNamespaceAsync();
        var service = await Client.CoreV1.CreateNamespacedServiceAsync(NewService("catalog"), space, cancellationToken: Cancellation);

        Assert.NotEmpty(service.Uid());
        Assert.NotNull(service.CreationTimestamp());
        Assert.StartsWith("10.", service.Spec.ClusterIP, StringComparison.Ordinal);
        Assert.Equal(("ClusterIP", "TCP", "80"), (service.Spec.Type, service.Spec.Ports.Single().Protocol, service.Spec.Ports.Single().TargetPort.Value));
    }

    [Fact]
    public async Task HeadlessService_GetsNoAddress()
    {
        var space = await CreateNamespaceAsync();
        var service = NewService("catalog");
        service.Spec.ClusterIP = "None";
        Assert.Equal("None", (await Client.CoreV1.CreateNamespacedServiceAsync(service, space, cancellationToken: Cancellation)).Spec.ClusterIP);
    }

    [Fact]
    public async Task Create_WithGenerateName_MakesOne()
    {
        var space = await CreateNamespaceAsync();
        var created = await Client.CoreV1.CreateNamespacedConfigMapAsync(new() { Metadata = new() { GenerateName = "map-" } }, space, cancellationToken: Cancellation);
        Assert.Matches("^map-[a-z0-9]{5}$", created.Name());
    }

    [Fact]
    public async Task Create_Twice_AlreadyExists()
    {
        var space = await CreateNamespaceAsync();
        await Client.CoreV1.CreateNamespacedServiceAsync(NewService("catalog"), space, cancellationToken: Cancellation);
        await AssertRefusedAsync(HttpStatusCode.Conflict, "AlreadyExists", () => Client.CoreV1.CreateNamespacedServiceAsync(NewService("catalog"), space, cancellationToken: Cancellation));
    }

    [Fact]
    public Task Create_InNoNamespace_IsNotFound() =>
        AssertRefusedAsync(HttpStatusCode.NotFound, "NotFound", () => Client.CoreV1.CreateNamespacedServiceAsync(NewService("catalog"), "nowhere", cancellationToken: Cancellation));

    [Fact]
    public async Task Replace_OfAStaleObject_Conflicts()
    {
        var space = await CreateNamespaceAsync();
        var stale = await Client.CoreV1.CreateNamespacedServiceAsync(NewService("catalog"), space, cancellationToken: Cancellation);
        await Client.CoreV1.PatchNamespacedServiceAsync(new V1Patch("""{"metadata":{"labels":{"a":"b"}}}""", V1Patch.PatchType.MergePatch), "catalog", space, cancellationToken: Cancellation);
        await AssertRefusedAsync(HttpStatusCode.Conflict, "Conflict", () => Client.CoreV1.ReplaceNamespacedServiceAsync(stale, "catalog", space, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Delete_WithAnotherUid_Conflicts()
    {
        var space = await CreateNamespaceAsync();
        await Client.CoreV1.CreateNamespacedServiceAsync(NewService("catalog"), space, cancellationToken: Cancellation);
        await AssertRefusedAsync(HttpStatusCode.Conflict, "Conflict", () =>
            Client.CoreV1.DeleteNamespacedServiceAsync("catalog", space, new V1DeleteOptions { Preconditions = new() { Uid = Guid.NewGuid().ToString() } }, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task DeleteCollection_DeletesWhatIsSelected()
    {
        var space = await CreateNamespaceAsync();
        foreach (var (name, app) in new[] { ("a", "shop"), ("b", "shop"), ("c", "other") })
        {
            await Client.CoreV1.CreateNamespacedConfigMapAsync(new() { Metadata = new() { Name = name, Labels = new Dictionary<string, string> { ["app"] = app } } }, space, cancellationToken: Cancellation);
        }

        await Client.CoreV1.DeleteCollectionNamespacedConfigMapAsync(space, labelSelector: "app=shop", cancellationToken: Cancellation);

        Assert.DoesNotContain(await NamesAsync(space), name => name is "a" or "b");
        Assert.Contains("c", await NamesAsync(space));
    }

    [Fact]
    public async Task Events_AreTheSameInBothGroups()
    {
        var space = await CreateNamespaceAsync();
        var reported = new Eventsv1Event
        {
            Metadata = new() { Name = "happened", NamespaceProperty = space },
            Regarding = new() { Kind = "Pod", Name = "web", NamespaceProperty = space },
            Note = "it happened",
            Reason = "Happened",
            Type = "Normal",
            Action = "Test",
            EventTime = DateTime.UtcNow,
            ReportingController = "mesh.io/test",
            ReportingInstance = "test",
        };
        await Client.EventsV1.CreateNamespacedEventAsync(reported, space, cancellationToken: Cancellation);

        var read = await Client.CoreV1.ReadNamespacedEventAsync("happened", space, cancellationToken: Cancellation);

        Assert.Equal(("it happened", "web", "mesh.io/test"), (read.Message, read.InvolvedObject.Name, read.ReportingComponent));
        Assert.Contains("it happened", (await Cluster.Kubectl.RunAsync("events", "-n", space)).Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LeaderElection_LetsOneLead()
    {
        var space = await CreateNamespaceAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var leading = new TaskCompletionSource();
        var elector = NewElector(space, "first");
        elector.OnStartedLeading += leading.SetResult;
        var running = elector.RunUntilLeadershipLostAsync(stop.Token);
        await leading.Task.WaitAsync(Cancellation);

        var lease = await Client.CoordinationV1.ReadNamespacedLeaseAsync("leader", space, cancellationToken: Cancellation);
        Assert.Equal("first", lease.Spec.HolderIdentity);
        var observed = new TaskCompletionSource<string>();
        var second = NewElector(space, "second");
        second.OnNewLeader += leader => observed.TrySetResult(leader);
        var waiting = second.RunUntilLeadershipLostAsync(stop.Token);
        Assert.Equal("first", await observed.Task.WaitAsync(Cancellation));

        await stop.CancelAsync();
        await Task.WhenAny(Task.WhenAll(running, waiting), Task.Delay(Timeout.Infinite, Cancellation));
    }

    private LeaderElector NewElector(string space, string identity) =>
        new(new LeaderElectionConfig(new LeaseLock(Client, space, "leader", identity)) { LeaseDuration = TimeSpan.FromSeconds(30), RenewDeadline = TimeSpan.FromSeconds(20), RetryPeriod = TimeSpan.FromMilliseconds(200) });

    private async Task<List<string>> NamesAsync(string space) =>
        [.. (await Client.CoreV1.ListNamespacedConfigMapAsync(space, cancellationToken: Cancellation)).Items.Select(item => item.Name())];

    private static async Task AssertRefusedAsync(HttpStatusCode code, string reason, Func<Task> request)
    {
        var failure = await Assert.ThrowsAsync<HttpOperationException>(request);
        Assert.Equal(code, failure.Response.StatusCode);
        Assert.Equal(reason, KubernetesJson.Deserialize<V1Status>(failure.Response.Content).Reason);
    }

    private static V1Service NewService(string name) => new()
    {
        Metadata = new() { Name = name },
        Spec = new() { Selector = new Dictionary<string, string> { ["app"] = name }, Ports = [new() { Name = "http", Port = 80 }] },
    };
}
