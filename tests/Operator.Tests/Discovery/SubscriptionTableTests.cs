using System.Diagnostics.Metrics;
using Mesh.Api.Resources;
using Mesh.Operator.Discovery;
using Mesh.Operator.State;

namespace Mesh.Operator.Tests.Discovery;

public sealed class SubscriptionTableTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ProxyStream _stream = new(new("shop", "proxy-0"));
    private readonly SubscriptionTable _table;

    public SubscriptionTableTests()
    {
        _table = new(new DiscoveryMetrics(_services.GetRequiredService<IMeterFactory>()), new DiscoveryLimits());
        _table.Attach(_stream);
    }

    [Fact]
    public void ProxyThatUnsubscribesUnread_IsOwedNothing()
    {
        Apply(Given.Service("catalog"));

        for (var i = 0; i < 100; i++)
        {
            _table.TrySubscribe(_stream, new() { Authority = "catalog" });
            _table.Unsubscribe(_stream, new() { Authority = "catalog" });
        }

        Assert.Equal((0, 0), (_stream.PendingResolutions.Count, _stream.PendingUpdates.Count));
    }

    [Fact]
    public void GenerationThatIsNotCompiledYet_IsNotProgrammed()
    {
        Apply(Given.Service("catalog"), Given.Policy("p", generation: 1));
        Acknowledge("catalog");
        Assert.Equal((1, 1), Programmed(generation: 1));

        Assert.Equal((0, 1), Programmed(generation: 2));
    }

    [Fact]
    public async Task Report_SpeaksOfWhatIsCompiled()
    {
        var first = Apply(Given.Service("catalog"));
        _table.TrySubscribe(_stream, new() { Authority = "catalog" });

        var reported = await _table.Applied.NextAsync(TestContext.Current.CancellationToken);

        Assert.Same(first, reported.Snapshot);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _services.Dispose();
    }

    private ClusterSnapshot Apply(params k8s.IKubernetesObject<k8s.Models.V1ObjectMeta>[] resources)
    {
        var cluster = Given.Cluster(resources);
        _table.Apply(new(cluster, new ChangeSet { Everything = true }));
        return cluster;
    }

    private void Acknowledge(string authority)
    {
        _table.TrySubscribe(_stream, new() { Authority = authority });
        while (_table.TryTakeNext(_stream, out _))
        {
        }
        var (name, destination) = Assert.Single(_stream.Destinations);
        _table.Acknowledge(_stream, new() { Destination = name, Version = destination.Base!.Version });
    }

    private (int Acknowledged, int Subscribed) Programmed(long generation)
    {
        TrafficPolicy policy = Given.Policy("p", generation: generation);
        var count = _table.Programmed(new PolicyRecord(policy, policy, []));
        return (count.Acknowledged, count.Subscribed);
    }
}
