using System.Diagnostics.Metrics;
using Mesh.Api.Discovery;
using Mesh.Api.Resources;
using Mesh.Operator.Compilation;
using Mesh.Operator.Discovery;
using Mesh.Operator.State;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Operator.Tests.Discovery;

public sealed class ShadowLedgerTests : IDisposable
{
    private static readonly NamespacedName Tried = new("shop", "tried");

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeTimeProvider _time = new(new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero));
    private readonly ShadowLedger _ledger;
    private ClusterSnapshot _cluster = Cluster();

    public ShadowLedgerTests() => _ledger = new(new DiscoveryMetrics(_services.GetRequiredService<IMeterFactory>()), _time);

    [Fact]
    public void Reports_AreSummedAndShownOncePublished()
    {
        Add(1000, ("request-timeout", 2), ("retry", 10));
        Add(1000, ("request-timeout", 4));
        Assert.Null(_ledger.Of(Tried, 1));

        Assert.Equal([Tried], _ledger.Publish(_cluster));

        var count = _ledger.Of(Tried, 1)!;
        Assert.Equal((2000, _time.GetUtcNow()), (count.Requests, count.Since));
        Assert.Equal([new("retry", 10), new("request-timeout", 6)], count.Decisions);
        Assert.Equal("retried 0.5 %, timed out 0.3 %", ShadowDecisions.Sentence(count));
        Assert.Empty(_ledger.Publish(_cluster));

        Add(1000);
        Assert.Same(count, _ledger.Of(Tried, 1));
    }

    [Fact]
    public void NewGeneration_CountsAnewAndOldReportsCountNoMore()
    {
        Add(1000);
        var old = Compile(_cluster);
        _cluster = Cluster(generation: 2);
        _time.Advance(TimeSpan.FromMinutes(1));
        Add(10);
        _ledger.Add(old, new() { Requests = 1000 });

        _ledger.Publish(_cluster);

        Assert.Null(_ledger.Of(Tried, 1));
        Assert.Equal((10, _time.GetUtcNow()), (_ledger.Of(Tried, 2)!.Requests, _ledger.Of(Tried, 2)!.Since));
    }

    [Fact]
    public void PolicyThatIsInForceNowOrGone_IsForgotten()
    {
        Add(1000);
        _ledger.Publish(_cluster);

        _ledger.Publish(Cluster(generation: 2, PolicyMode.Enforce));

        Assert.Null(_ledger.Of(Tried, 1));
    }

    [Fact]
    public void PolicyMadeAnew_IsCountedAnew()
    {
        _cluster = Cluster(generation: 5);
        Add(1000);
        _cluster = Cluster(generation: 1);
        _ledger.Publish(_cluster);

        Add(10);
        _ledger.Publish(_cluster);

        Assert.Equal(10, _ledger.Of(Tried, 1)!.Requests);
    }

    [Fact]
    public void CountsThatNobodyCanHaveCounted_AreBoundedAndNeverWrap()
    {
        var compiled = Compile(_cluster);
        var report = new ShadowReport { Requests = ulong.MaxValue };
        for (var i = 0; i < 100; i++) report.Decisions.Add(new ShadowDecision { Decision = "retry", Count = ulong.MaxValue });

        for (var i = 0; i < 100; i++) _ledger.Add(compiled, report);
        _ledger.Publish(_cluster);

        var count = _ledger.Of(Tried, 1)!;
        Assert.Equal(100_000_000_000, count.Requests);
        Assert.Equal([new("retry", 100_000_000_000)], count.Decisions);
    }

    [Fact]
    public void WordsAndEndpointsThatAreNotOurs_AreNotKept()
    {
        var report = new ShadowReport { Requests = 10 };
        for (var i = 0; i < 1000; i++) report.Decisions.Add(new ShadowDecision { Decision = $"made-up-{i}", Count = 1 });
        report.Decisions.Add(new ShadowDecision { Decision = "eject", Count = 3, Endpoints = { "10.0.0.1:8080", "10.9.9.9:1", "nonsense" } });

        _ledger.Add(Compile(_cluster), report);
        _ledger.Publish(_cluster);

        var count = _ledger.Of(Tried, 1)!;
        Assert.Equal([new("eject", 3)], count.Decisions);
        Assert.Equal(["10.0.0.1:8080"], count.Ejected);
        Assert.Equal("ejected 10.0.0.1:8080", ShadowDecisions.Sentence(count));
    }

    [Theory]
    [InlineData(0, 0, "0")]
    [InlineData(3, 1000, "0.3")]
    [InlineData(1, 3, "33.33")]
    [InlineData(1, 100_000, "<0.01")]
    [InlineData(7, 7, "100")]
    public void Percent_IsReadable(long count, long requests, string expected) => Assert.Equal(expected, ShadowDecisions.Percent(count, requests));

    public void Dispose() => _services.Dispose();

    private void Add(ulong requests, params (string Decision, ulong Count)[] decisions)
    {
        var report = new ShadowReport { Requests = requests };
        report.Decisions.AddRange(decisions.Select(d => new ShadowDecision { Decision = d.Decision, Count = d.Count }));
        _ledger.Add(Compile(_cluster), report);
    }

    private static CompiledDestination Compile(ClusterSnapshot cluster) => DestinationCompiler.Compile(cluster, new(new("shop", "catalog"), 80))!;

    private static ClusterSnapshot Cluster(long generation = 1, PolicyMode mode = PolicyMode.Shadow) => Given.Cluster(
        Given.Service("catalog"), Given.Slice("catalog", Given.Endpoint("10.0.0.1")), Given.Policy("tried", generation: generation, spec: s => s.Mode = mode));
}
