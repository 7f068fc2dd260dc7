using Mesh.Operator.State;

namespace Mesh.Operator.Tests.State;

public sealed class ClusterStateTests
{
    private static readonly NamespacedName Catalog = new("shop", "catalog");

    [Fact]
    public void Synced_OnceEveryKindIsListed()
    {
        var state = new ClusterState();
        foreach (var kind in ResourceKinds.All)
        {
            Assert.False(state.Current.IsSynced);
            state.Post(new ResourceChange.ReplaceAll(kind, []));
        }

        Assert.True(state.Current.IsSynced);
    }

    [Fact]
    public async Task Feed_IsSilentUntilSyncedThenSaysEverything()
    {
        var state = new ClusterState();
        var feed = state.Follow();
        var next = feed.NextAsync(TestContext.Current.CancellationToken).AsTask();
        Given.Upsert(state, Given.Service("catalog"));
        Assert.False(next.IsCompleted);

        foreach (var kind in ResourceKinds.All.Where(kind => kind != ResourceKind.Service)) state.Post(new ResourceChange.ReplaceAll(kind, []));
        state.Post(new ResourceChange.ReplaceAll(ResourceKind.Service, [Given.Service("catalog")]));

        var change = await next;
        Assert.True(change.Changes.Everything);
        Assert.True(change.Snapshot.Services.ContainsKey(Catalog));
    }

    [Fact]
    public async Task FeedThatIsDone_CollectsNothing()
    {
        var state = Given.State();
        var feed = state.Follow();
        await feed.NextAsync(TestContext.Current.CancellationToken);

        feed.Dispose();
        Given.Upsert(state, Given.Service("catalog"));

        using var stop = new CancellationTokenSource();
        var next = feed.NextAsync(stop.Token).AsTask();
        Assert.False(next.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task Feed_MergesWhatComesWhileItsReaderIsBusy()
    {
        var (state, feed) = await FollowAsync(Given.Service("catalog"), Given.Service("payments"));

        Given.Upsert(state, Given.Slice("catalog", Given.Endpoint("10.0.0.1")));
        Given.Upsert(state, Given.Slice("catalog", Given.Endpoint("10.0.0.2")));
        Given.Upsert(state, Given.Slice("payments", Given.Endpoint("10.0.0.3")));

        var change = await feed.NextAsync(TestContext.Current.CancellationToken);
        Assert.Equal([Catalog, new("shop", "payments")], change.Changes.Services.Order());
        Assert.Same(state.Current, change.Snapshot);
        Assert.False(change.Changes.Everything);
    }

    [Fact]
    public async Task ReplaceAll_RemovesWhatIsNotListedAndLeavesWhatIsTheSame()
    {
        var kept = Given.Service("kept");
        kept.Metadata.ResourceVersion = "7";
        var (state, feed) = await FollowAsync(kept, Given.Service("catalog", clusterIp: "10.96.0.1"));

        var again = Given.Service("kept");
        again.Metadata.ResourceVersion = "7";
        state.Post(new ResourceChange.ReplaceAll(ResourceKind.Service, [again]));

        var change = await feed.NextAsync(TestContext.Current.CancellationToken);
        Assert.Equal([Catalog], change.Changes.Services);
        Assert.Equal(["10.96.0.1"], change.Changes.Addresses);
        Assert.Same(kept, Assert.Single(change.Snapshot.Services).Value);
        Assert.Empty(change.Snapshot.ServicesByAddress);
    }

    [Fact]
    public void SliceThatMovesToAnotherService_IsIndexedThere()
    {
        var state = Given.State(Given.Slice("catalog", "s", "IPv4", Given.Endpoint("10.0.0.1", pod: "a")));
        Given.Upsert(state, Given.Slice("payments", "s", "IPv4", Given.Endpoint("10.0.0.1", pod: "b")));

        Assert.Equal([new NamespacedName("shop", "payments")], state.Current.EndpointSlicesByService.Keys);
        Assert.Equal([new NamespacedName("shop", "b")], state.Current.EndpointSlicesByPod.Keys);
    }

    [Fact]
    public async Task Pod_ConcernsItsServicesOnlyByItsInboundPorts()
    {
        var (state, feed) = await FollowAsync(Given.Slice("catalog", Given.Endpoint("10.0.0.1", pod: "a")), Given.Pod("a"), Given.Pod("b"));

        Given.Upsert(state, Given.Pod("a"), Given.Pod("b", "8080=15006"));
        Assert.True(state.Current.Pods.Count == 2);
        Given.Upsert(state, Given.Pod("a", "8080=15006"));

        Assert.Equal([Catalog], (await feed.NextAsync(TestContext.Current.CancellationToken)).Changes.Services);
    }

    [Fact]
    public async Task EndpointThatComesOrGoes_ConcernsItsOwnPodAndAddress()
    {
        var (state, feed) = await FollowAsync(Given.Service("catalog"), Given.Slice("catalog", Given.Endpoint("10.0.0.1", pod: "a"), Given.Endpoint("10.0.0.2", pod: "b")));

        Given.Upsert(state, Given.Slice("catalog", Given.Endpoint("10.0.0.1", pod: "a"), Given.Endpoint("10.0.0.3", pod: "c")));

        var changes = (await feed.NextAsync(TestContext.Current.CancellationToken)).Changes;
        Assert.Equal([new NamespacedName("shop", "b"), new("shop", "c")], changes.Pods.Order());
        Assert.Equal(["10.0.0.2", "10.0.0.3"], changes.Addresses.Order());
        Assert.Equal(["10.0.0.1", "10.0.0.3"], state.Current.EndpointSlicesByAddress.Keys.Order());
    }

    [Fact]
    public async Task ServiceThatComesAfterItsSlices_ConcernsTheirPodsAndAddresses()
    {
        var (state, feed) = await FollowAsync(Given.Slice("catalog", Given.Endpoint("10.0.0.1", pod: "a")));

        Given.Upsert(state, Given.Service("catalog"));

        var changes = (await feed.NextAsync(TestContext.Current.CancellationToken)).Changes;
        Assert.Equal([new NamespacedName("shop", "a")], changes.Pods);
        Assert.Equal(["10.0.0.1"], changes.Addresses);
    }

    [Fact]
    public async Task RetargetedPolicy_ConcernsBothServices()
    {
        var (state, feed) = await FollowAsync(Given.Policy("p", target: "catalog"));

        Given.Upsert(state, Given.Policy("p", target: "payments", generation: 2));

        var change = await feed.NextAsync(TestContext.Current.CancellationToken);
        Assert.Equal([Catalog, new("shop", "payments")], change.Changes.Services.Order());
        Assert.Equal([new NamespacedName("shop", "payments")], change.Snapshot.PoliciesByTarget.Keys);
    }

    [Fact]
    public void InvalidPolicy_LeavesTheOneBeforeInForce()
    {
        var state = Given.State(Given.Policy("p"));
        Given.Upsert(state, Given.Policy("p", generation: 2, spec: s => s.Timeouts = new() { Request = Given.Milliseconds(1), Attempt = Given.Milliseconds(2) }));

        var record = state.Current.Policies[new("shop", "p")];

        Assert.Equal((2, 1), (record.Latest.Metadata.Generation, record.InForce?.Metadata.Generation));
        Assert.NotEmpty(record.Errors);
    }

    [Fact]
    public void RejectedPolicy_KeepsItsStateAndItsErrorsUntilItIsGoodAgain()
    {
        var policy = Given.Policy("p");
        var state = Given.State(policy);

        state.Post(new ResourceChange.Reject(ResourceKind.TrafficPolicy, new("shop", "p"), ["spec: bad"]));
        Assert.Equal(["spec: bad"], state.Current.Policies[new("shop", "p")].Errors);
        Assert.Same(policy, state.Current.Policies[new("shop", "p")].InForce);

        Given.Upsert(state, policy);
        Assert.Empty(state.Current.Policies[new("shop", "p")].Errors);
    }

    [Fact]
    public void EndpointsThatStay_AreTheObjectsThatWereKept()
    {
        var (stays, changes, goes) = (Given.Endpoint("10.0.0.1", pod: "a"), Given.Endpoint("10.0.0.2", pod: "b", ready: true), Given.Endpoint("10.0.0.3"));
        var state = Given.State(Given.Service("catalog"), Given.Slice("catalog", stays, changes, goes));

        Given.Upsert(state, Given.Slice("catalog", Given.Endpoint("10.0.0.4"), Given.Endpoint("10.0.0.2", pod: "b", ready: false), Given.Endpoint("10.0.0.1", pod: "a")));

        var endpoints = state.Current.EndpointSlices[new("shop", "catalog-1")].Endpoints;
        Assert.Equal(["10.0.0.4", "10.0.0.2", "10.0.0.1"], endpoints.Select(endpoint => endpoint.Addresses[0]));
        Assert.False(endpoints[1].Conditions.Ready);
        Assert.Same(stays, endpoints[2]);
    }

    [Theory]
    [InlineData("node")]
    [InlineData("zone")]
    [InlineData("hint")]
    [InlineData("hostname")]
    [InlineData("pod")]
    [InlineData("address")]
    [InlineData("serving")]
    public void EndpointThatDiffersInAnything_IsTheNewOne(string differsIn)
    {
        var state = Given.State(Given.Service("catalog"), Given.Slice("catalog", Given.Endpoint("10.0.0.1", pod: "a")));
        var endpoint = Given.Endpoint("10.0.0.1", pod: differsIn == "pod" ? "b" : "a", serving: differsIn == "serving" ? true : null);
        endpoint.NodeName = differsIn == "node" ? "node-1" : null;
        endpoint.Zone = differsIn == "zone" ? "zone-1" : null;
        endpoint.Hostname = differsIn == "hostname" ? "catalog-0" : null;
        endpoint.Hints = differsIn == "hint" ? new() { ForZones = [new() { Name = "zone-1" }] } : null;
        if (differsIn == "address") endpoint.Addresses = ["10.0.0.1", "10.0.0.2"];

        Given.Upsert(state, Given.Slice("catalog", endpoint));

        Assert.Same(endpoint, Assert.Single(state.Current.EndpointSlices[new("shop", "catalog-1")].Endpoints));
    }

    private static async Task<(ClusterState State, ChangeFeed Feed)> FollowAsync(params k8s.IKubernetesObject<k8s.Models.V1ObjectMeta>[] resources)
    {
        var state = Given.State(resources);
        var feed = state.Follow();
        await feed.NextAsync(TestContext.Current.CancellationToken);
        return (state, feed);
    }
}
