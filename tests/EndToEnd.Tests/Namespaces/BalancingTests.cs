namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>TCP connections to services with several pods, from pods on the same node, each through two sidecars.</summary>
public sealed class BalancingTests(Replicas replicas) : IClassFixture<Replicas>
{
    // With three replicas, that one of them is never picked in so many connections has a chance of less than one in ten thousand millions.
    private const int Many = 60;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connections_AreSpreadOverAllPods_OfEitherFamily(bool v6)
    {
        Assert.SkipUnless(NetworkNamespace.Lack is null, NetworkNamespace.Lack ?? "");
        var before = await replicas.Replica.CountAsync("inbound");
        var answers = await Replicas.AskAsync(replicas.Client, "all", Many, v6);

        Assert.Equal(replicas.Names, answers.Distinct().Order());
        // From one sidecar to the other on the same node: neither is left out, and none meets itself.
        await Meshes.Eventually.BecomesAsync(() => replicas.Replica.CountAsync("inbound"), after => after > before, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task APodOfTheService_IsBalancedToItselfToo(bool v6)
    {
        Assert.SkipUnless(NetworkNamespace.Lack is null, NetworkNamespace.Lack ?? "");

        Assert.Equal(replicas.Names, (await Replicas.AskAsync(replicas.Replica, "all", Many, v6)).Distinct().Order());
    }

    [Fact]
    public async Task SessionAffinity_KeepsAClientToOnePod()
    {
        Assert.SkipUnless(NetworkNamespace.Lack is null, NetworkNamespace.Lack ?? "");

        Assert.Single((await Replicas.AskAsync(replicas.Client, "sticky", Many)).Distinct());
    }

    [Fact]
    public async Task InternalTrafficPolicyLocal_KeepsToTheClientsNode()
    {
        Assert.SkipUnless(NetworkNamespace.Lack is null, NetworkNamespace.Lack ?? "");

        Assert.Equal([replicas.Names[0]], (await Replicas.AskAsync(replicas.Client, "local", Many)).Distinct());
    }

    [Fact]
    public async Task PodThatIsNotReady_IsLeftOut()
    {
        Assert.SkipUnless(NetworkNamespace.Lack is null, NetworkNamespace.Lack ?? "");

        Assert.Equal([replicas.Names[0]], (await Replicas.AskAsync(replicas.Client, "starting", Many)).Distinct());
    }

    [Fact]
    public async Task PublishNotReadyAddresses_GivesThemAll()
    {
        Assert.SkipUnless(NetworkNamespace.Lack is null, NetworkNamespace.Lack ?? "");

        Assert.Equal(replicas.Names, (await Replicas.AskAsync(replicas.Client, "published", Many)).Distinct().Order());
    }
}
