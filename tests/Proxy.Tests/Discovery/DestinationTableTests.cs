using System.Threading.Channels;
using Mesh.Api.Discovery;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Forwarding;
using Mesh.Proxy.Tests.Routing;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Discovery;

public sealed class DestinationTableTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly DestinationTable _table;
    private readonly ChannelReader<ProxyMessage> _sent;

    public DestinationTableTests()
    {
        _table = new(new() { Operator = new("http://127.0.0.1:1"), Proxy = "p", Namespace = "shop", MaxAuthorities = 10 }, new(1), _time);
        _sent = _table.BeginSession();
    }

    [Fact]
    public async Task UnansweredRequest_WaitsTwoSeconds()
    {
        var request = FindAsync("catalog");
        _time.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        Assert.False(request.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(MeshErrorCode.DiscoveryUnavailable, (await Assert.ThrowsAsync<MeshException>(() => request)).Code);
    }

    [Fact]
    public async Task IdleDestination_IsUnsubscribedAndDropped()
    {
        Know("catalog");
        _time.Advance(TimeSpan.FromMinutes(9));
        await FindAsync("catalog");
        _time.Advance(TimeSpan.FromMinutes(9));
        _table.DropIdle();
        Assert.Single(_table.Destinations());
        Sent();

        _time.Advance(TimeSpan.FromMinutes(1));
        _table.DropIdle();
        Assert.Empty(_table.Destinations());
        Assert.Equal("catalog:80", Assert.Single(Sent()).Unsubscribe.Authority);
    }

    [Fact]
    public async Task IdleDestinationWithARequestInFlight_IsKept()
    {
        await using var backend = await Backend.StartAsync(_ => Task.CompletedTask);
        Know("catalog", backend.Address);
        using var trace = new RequestTrace();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://mesh/");
        request.Options.Set(RequestTrace.Key, trace);
        using var answer = await (await FindAsync("catalog"))!.Invoker.SendAsync(request, TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromMinutes(11));
        _table.DropIdle();
        Assert.Single(_table.Destinations());
        trace.Dispose();
        _table.DropIdle();
        Assert.Empty(_table.Destinations());
    }

    [Fact]
    public async Task DestinationThatIsGone_PassesThrough()
    {
        Know("catalog");
        _table.Apply(new Resolution { Authority = "catalog:80", Destination = "" });
        Assert.Null(await FindAsync("catalog"));
        Assert.Empty(_table.Destinations());
    }

    [Fact]
    public async Task ChangedResolution_HoldsOnceTheNewDestinationIsHere()
    {
        Know("catalog");
        _table.Apply(new Resolution { Authority = "catalog:80", Destination = "shop/catalog:80@shop" });
        Assert.Equal(Updates.Catalog, (await FindAsync("catalog"))!.Name);

        var update = Updates.Whole(8, Policies.Default(), "10.0.0.1:80");
        update.Destination = "shop/catalog:80@shop";
        Assert.Null(_table.Apply(update));
        Assert.Equal("shop/catalog:80@shop", (await FindAsync("catalog"))!.Name);
        Assert.Equal("shop/catalog:80@shop", Assert.Single(_table.Destinations()).Name);
    }

    [Fact]
    public async Task TwoNamesOfOneDestination_ShareIt()
    {
        Know("catalog");
        var second = FindAsync("catalog.shop");
        _table.Apply(new Resolution { Authority = "catalog.shop:80", Destination = Updates.Catalog });
        Assert.Same(await FindAsync("catalog"), await second);
        Assert.Equal(["catalog.shop:80", "catalog:80"], Assert.Single(_table.Destinations()).Authorities);
    }

    [Fact]
    public async Task EndlessNames_AreBoundedAndCostNoDestination()
    {
        Know("catalog");
        for (var i = 0; i < 9; i++) _ = FindAsync($"no-{i}");
        var failure = await Assert.ThrowsAsync<MeshException>(() => FindAsync("one-more"));
        Assert.Equal(MeshErrorCode.TooManyAuthorities, failure.Code);
        Assert.NotNull(await FindAsync("catalog"));

        _time.Advance(TimeSpan.FromSeconds(10));
        _ = FindAsync("one-more");
        Assert.Equal(["one-more:80"], _table.UnknownAuthorities());
        Assert.NotNull(await FindAsync("catalog"));
    }

    [Fact]
    public void NewSession_BeginsWithEverySubscription()
    {
        Know("catalog");
        _ = FindAsync("payments");
        _table.EndSession();
        Assert.False(_table.Connected);

        var subscriptions = Drain(_table.BeginSession()).Select(message => message.Subscribe).OrderBy(subscribe => subscribe.Authority).ToList();
        Assert.Equal(
        [
            new Subscribe { Authority = "catalog:80", KnownDestination = Updates.Catalog, KnownVersion = 7 },
            new Subscribe { Authority = "payments:80" },
        ], subscriptions);
    }

    [Fact]
    public void RepeatedVersion_IsAcknowledgedAgain()
    {
        Know("catalog");
        Sent();
        Assert.Null(_table.Apply(Updates.Delta(6, 7, added: ["10.0.0.9:80"])));
        Assert.Equal(7ul, Assert.Single(Sent()).Acknowledge.Version);
        Assert.Single(Assert.Single(_table.Destinations()).Endpoints);
    }

    [Fact]
    public void OwnSide_IsAskedForAtOnce_HasNoEndpoints_AndNeverIdles()
    {
        var policy = _table.InboundTo(8080);
        Assert.Equal("inbound:8080", Assert.Single(Sent()).Subscribe.Authority);
        Assert.Null(policy());

        _table.Apply(new Resolution { Authority = "inbound:8080", Destination = "shop/catalog:80#inbound" });
        var update = Updates.Whole(8, Policies.Default());
        update.Destination = "shop/catalog:80#inbound";
        Assert.Null(_table.Apply(update));
        Assert.Equal("shop/catalog:80#inbound", policy()!.Name);

        _time.Advance(TimeSpan.FromDays(1));
        _table.DropIdle();
        Assert.Same(policy(), policy());
        Assert.NotNull(policy());
        _table.Apply(new Resolution { Authority = "inbound:8080", Destination = "" });
        Assert.Null(policy());
    }

    [Fact]
    public void OwnPortsThatNoServiceSendsTo_AreDroppedLikeNames_AndAskedForAgain()
    {
        Know("catalog");
        for (var port = 1; port < 100; port++) Assert.Null(_table.InboundTo(port)());
        Assert.Equal(9, _table.UnknownAuthorities().Count);

        _time.Advance(TimeSpan.FromMinutes(10));
        _table.DropIdle();
        Assert.Empty(_table.UnknownAuthorities());
        Sent();
        Assert.Null(_table.InboundTo(8080)());
        Assert.Equal("inbound:8080", Assert.Single(Sent()).Subscribe.Authority);
    }

    [Fact]
    public void OwnSide_IsNoService_WhateverAnOlderOperatorMakesOfIt()
    {
        var policy = _table.InboundTo(80);
        _table.Apply(new Resolution { Authority = "inbound:80", Destination = Updates.Catalog });
        Assert.Null(_table.Apply(Updates.Whole(7, Policies.Default(), "10.0.0.1:80")));

        Assert.Null(policy());
    }

    [Fact]
    public void ServiceThatIsNamedInbound_IsFoundUnderItsLongName()
    {
        _ = FindAsync("inbound:8080");

        Assert.Equal("inbound.shop:8080", Assert.Single(Sent()).Subscribe.Authority);
    }

    [Fact]
    public async Task WhatAShadowPolicyCounted_IsReportedOnce_AndAgainWhereTheReportWasLost()
    {
        _ = FindAsync("catalog");
        _table.Apply(new Resolution { Authority = "catalog:80", Destination = Updates.Catalog });
        var update = Updates.Whole(7, Policies.Default(policy => policy.Retries.Attempts = 0), "127.0.0.1:1");
        update.Shadow = update.Policy.Clone();
        update.Shadow.Faults.Add(new Fault { Share = 10_000, Status = 503 });
        update.Shadow.Sources.Add(new PolicySource { Namespace = "shop", Name = "tried", Generation = 1 });
        Assert.Null(_table.Apply(update));
        Sent();
        _table.ReportShadows();
        Assert.Empty(Sent());

        await RefusedAsync();
        await RefusedAsync();
        _table.ReportShadows();
        _table.ReportShadows();
        var report = Assert.Single(Sent()).ShadowReport;
        Assert.Equal((Updates.Catalog, 7ul, 2ul), (report.Destination, report.Version, report.Requests));
        Assert.Equal(new ShadowDecision { Decision = "fault-abort", Count = 2 }, Assert.Single(report.Decisions));

        _table.Return(report);
        await RefusedAsync();
        _table.ReportShadows();
        report = Assert.Single(Sent()).ShadowReport;
        Assert.Equal((3ul, 3ul), (report.Requests, Assert.Single(report.Decisions).Count));
        await RefusedAsync();
        var over = Updates.Delta(7, 8);
        over.Shadow = new();
        Assert.Null(_table.Apply(over));
        var sent = Sent();
        Assert.Equal((7ul, 1ul), (sent[0].ShadowReport.Version, sent[0].ShadowReport.Requests));
        Assert.Equal(8ul, sent[1].Acknowledge.Version);

        async Task RefusedAsync()
        {
            using var trace = new RequestTrace();
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://mesh/");
            request.Options.Set(RequestTrace.Key, trace);
            await Record.ExceptionAsync(async () => await (await FindAsync("catalog"))!.Invoker.SendAsync(request, TestContext.Current.CancellationToken));
        }
    }

    private void Know(string authority, string endpoint = "127.0.0.1:1")
    {
        _ = FindAsync(authority);
        _table.Apply(new Resolution { Authority = $"{authority}:80", Destination = Updates.Catalog });
        Assert.Null(_table.Apply(Updates.Whole(7, Policies.Default(policy => policy.Retries.Attempts = 0), endpoint)));
    }

    private Task<Destination?> FindAsync(string authority)
    {
        Assert.True(Authority.TryParse(authority, out var parsed));
        return _table.FindAsync(parsed, TestContext.Current.CancellationToken).AsTask();
    }

    private List<ProxyMessage> Sent() => Drain(_sent);

    private static List<ProxyMessage> Drain(ChannelReader<ProxyMessage> reader)
    {
        var messages = new List<ProxyMessage>();
        while (reader.TryRead(out var message)) messages.Add(message);
        return messages;
    }
}
