using Mesh.Operator.Identity;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Operator.Tests.Identity;

/// <summary>Replicas that each see some of the proxies, and what they know together.</summary>
public sealed class ReplicaTrustTests
{
    private const string Anchors = "a1";

    private readonly FakeTimeProvider _time = new();
    private readonly Words _words = new();
    private readonly List<string> _serving = [];

    [Fact]
    public async Task ProxiesOfAllReplicas_AreEverybody()
    {
        var leader = Replica("leader", pods: ["shop/a", "shop/b", "shop/c"], trusting: ["shop/a"]);
        var second = Replica("second", trusting: ["shop/b"]);
        var third = Replica("third", trusting: []);
        await SayAsync(second, third);
        Assert.False(await IsReachedAsync(leader));

        third.Evidence.Trusting.Add("shop/c");
        await SayAsync(third);

        Assert.True(await IsReachedAsync(leader));
    }

    [Fact]
    public async Task OneReplica_NeedsNobodysWord()
    {
        var leader = Replica("leader", pods: ["shop/a"], trusting: ["shop/a"]);
        _words.Fails = true;

        Assert.True(await IsReachedAsync(leader));
    }

    [Fact]
    public async Task ReplicaThatSaysNothing_IsWaitedFor_ThoughItHasNoProxies()
    {
        var leader = Replica("leader", pods: ["shop/a"], trusting: ["shop/a"]);
        var second = Replica("second", trusting: []);
        Assert.False(await IsReachedAsync(leader));

        await SayAsync(second);
        Assert.True(await IsReachedAsync(leader));
    }

    [Fact]
    public async Task WordOfOtherAnchors_CountsForNothing()
    {
        var leader = Replica("leader", pods: ["shop/a"], trusting: ["shop/a"]);
        var second = Replica("second", trusting: []);
        second.Evidence.Anchors = "a0";
        await SayAsync(second);

        Assert.False(await IsReachedAsync(leader));
    }

    [Fact]
    public async Task ProxyThatIsNoPodAnyMore_IsWaitedForWhileItIsConnected()
    {
        var leader = Replica("leader", pods: ["shop/a"], trusting: ["shop/a"]);
        var second = Replica("second", trusting: []);
        second.Evidence.Waiting = 1;
        await SayAsync(second);

        Assert.False(await IsReachedAsync(leader));
    }

    [Fact]
    public async Task ProxyThatMoved_IsWaitedForUntilItIsInOnePlace()
    {
        var leader = Replica("leader", pods: ["shop/a", "shop/b"], trusting: ["shop/a", "shop/b"]);
        var second = Replica("second", trusting: ["shop/b"]);
        await SayAsync(second);
        Assert.False(await IsReachedAsync(leader));

        second.Evidence.Trusting.Clear();
        await SayAsync(second);
        Assert.True(await IsReachedAsync(leader));
    }

    [Fact]
    public async Task WordOfTheDead_Expires()
    {
        var leader = Replica("leader", pods: ["shop/a", "shop/b"], trusting: ["shop/a"]);
        await SayAsync(Replica("second", trusting: ["shop/b"]));
        Assert.True(await IsReachedAsync(leader));

        _time.Advance(ReplicaTrust.Expiry);
        Assert.False(await IsReachedAsync(leader));

        // And who serves no more isn't asked: its proxies are at another by now.
        _serving.Remove("second");
        Assert.False(await IsReachedAsync(leader));
        leader.Evidence.Trusting.Add("shop/b");
        Assert.True(await IsReachedAsync(leader));
    }

    [Fact]
    public async Task WordThatIsStillTrue_IsSaidAgain_AndNotMoreOftenThanThat()
    {
        var leader = Replica("leader", pods: ["shop/a", "shop/b"], trusting: ["shop/a"]);
        var second = Replica("second", trusting: ["shop/b"]);
        for (var elapsed = TimeSpan.Zero; elapsed < 3 * ReplicaTrust.Expiry; elapsed += TimeSpan.FromSeconds(10))
        {
            await SayAsync(second);
            Assert.True(await IsReachedAsync(leader));
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(3 * ReplicaTrust.Expiry / ReplicaTrust.Beat, _words.Writes);
    }

    [Fact]
    public async Task WordThatCantBeLeftOrRead_KeepsTheRotationWaiting_AndNothingElse()
    {
        var leader = Replica("leader", pods: ["shop/a"], trusting: ["shop/a"]);
        var second = Replica("second", trusting: []);
        _words.Fails = true;
        await SayAsync(leader, second);
        Assert.False(await IsReachedAsync(leader));

        _words.Fails = false;
        await SayAsync(leader, second);
        Assert.True(await IsReachedAsync(leader));
    }

    private static Task<bool> IsReachedAsync((ReplicaTrust Trust, Evidence) replica) => replica.Trust.IsReachedAsync(TestContext.Current.CancellationToken);

    private static async Task SayAsync(params (ReplicaTrust Trust, Evidence)[] replicas)
    {
        foreach (var (trust, _) in replicas) await trust.SayAsync(TestContext.Current.CancellationToken);
    }

    private (ReplicaTrust Trust, Evidence Evidence) Replica(string name, string[] trusting, string[]? pods = null)
    {
        _serving.Add(name);
        var evidence = new Evidence(pods ?? [], [.. trusting]);
        return (new(evidence, _words, name, () => [.. _serving.Where(other => other != name)], _time, NullLogger<ReplicaTrust>.Instance), evidence);
    }

    private sealed class Evidence(string[] pods, List<string> trusting) : ITrustEvidence
    {
        public List<string> Trusting => trusting;

        public string Anchors { get; set; } = ReplicaTrustTests.Anchors;

        public int Waiting { get; set; }

        public TrustWord Gather() => new(Anchors, Digest(trusting), trusting.Count + Waiting, Waiting);

        public string Everybody() => Digest(pods);

        private string Digest(IEnumerable<string> names)
        {
            var digest = new NameDigest(Anchors);
            foreach (var name in names) digest.Add(name);
            return digest.ToString();
        }
    }

    private sealed class Words : IReplicaWords
    {
        private readonly Dictionary<string, TrustWord> _words = [];

        public bool Fails { get; set; }

        public int Writes { get; private set; }

        public Task<IReadOnlyDictionary<string, TrustWord>> ReadAsync(CancellationToken cancellationToken) =>
            Fails ? throw new HttpRequestException("refused") : Task.FromResult<IReadOnlyDictionary<string, TrustWord>>(_words.ToDictionary());

        public Task SayAsync(string replica, TrustWord word, CancellationToken cancellationToken)
        {
            if (Fails) throw new HttpRequestException("refused");
            _words[replica] = word;
            Writes++;
            return Task.CompletedTask;
        }
    }
}
