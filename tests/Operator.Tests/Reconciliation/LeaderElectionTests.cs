using System.Threading.Channels;
using k8s;
using Mesh.KubeApi.Clusters;
using Mesh.Operator.Reconciliation;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Operator.Tests.Reconciliation;

public sealed class LeaderElectionTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task Lease_IsOneReplicasAtATime_AndGivenBackWhenItStops()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var client = cluster.CreateClient();
        var ns = ClusterFixture.UniqueNamespace();
        await client.CoreV1.CreateNamespaceAsync(new() { Metadata = new() { Name = ns } }, cancellationToken: cancellationToken);
        var (first, second) = (new RecordedWork(), new RecordedWork());
        using var one = Elect(client, ns, "one", first);
        using var two = Elect(client, ns, "two", second);

        await one.StartAsync(cancellationToken);
        Assert.True(await first.NextAsync());
        await two.StartAsync(cancellationToken);
        await one.StopAsync(cancellationToken);

        Assert.False(await first.NextAsync());
        Assert.True(await second.NextAsync());
        Assert.Equal("two", (await client.CoordinationV1.ReadNamespacedLeaseAsync("mesh-operator", ns, cancellationToken: cancellationToken)).Spec.HolderIdentity);
        await two.StopAsync(cancellationToken);
        await client.CoreV1.DeleteNamespaceAsync(ns, cancellationToken: cancellationToken);
    }

    [Fact]
    public async Task WorkThatFails_GivesTheLeaseToAnother()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var client = cluster.CreateClient();
        var ns = ClusterFixture.UniqueNamespace();
        await client.CoreV1.CreateNamespaceAsync(new() { Metadata = new() { Name = ns } }, cancellationToken: cancellationToken);
        var (broken, sound) = (new BrokenWork(), new RecordedWork());
        using var one = Elect(client, ns, "one", broken);
        using var two = Elect(client, ns, "two", sound);

        await one.StartAsync(cancellationToken);
        await broken.Begun.WaitAsync(cancellationToken);
        await two.StartAsync(cancellationToken);
        broken.Break();

        Assert.True(await sound.NextAsync());
        await one.StopAsync(cancellationToken);
        await two.StopAsync(cancellationToken);
        await client.CoreV1.DeleteNamespaceAsync(ns, cancellationToken: cancellationToken);
    }

    private static LeaderElection Elect(Kubernetes client, string ns, string identity, ILeaderWork work) =>
        new(client, new LeaderElectionOptions(ns, identity), [work], TimeProvider.System, NullLogger<LeaderElection>.Instance);

    /// <summary>Fails when told to, though its token is not cancelled.</summary>
    private sealed class BrokenWork : ILeaderWork
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public void Break() => _broken.TrySetException(new InvalidOperationException("broken"));

        public Task RunAsync(CancellationToken cancellationToken)
        {
            _begun.TrySetResult();
            return _broken.Task;
        }
    }

    /// <summary>Says when it begins and when it ends.</summary>
    private sealed class RecordedWork : ILeaderWork
    {
        private readonly Channel<bool> _terms = Channel.CreateUnbounded<bool>();

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            _terms.Writer.TryWrite(true);
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            finally
            {
                _terms.Writer.TryWrite(false);
            }
        }

        public ValueTask<bool> NextAsync() => _terms.Reader.ReadAsync(TestContext.Current.CancellationToken);
    }
}
