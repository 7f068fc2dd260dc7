using Mesh.Api.Resources;

namespace Mesh.Operator.Tests.Discovery;

public sealed class AnswerTests
{
    [Fact]
    public async Task Acknowledgements_CountTowardsProgrammed()
    {
        await using var mesh = await StartAsync();
        using var first = await mesh.ConnectAsync("proxy-1");
        using var second = await mesh.ConnectAsync("proxy-2");
        var update = await first.SubscribedAsync("catalog");
        await second.SubscribedAsync("catalog");

        await ProgrammedAsync(mesh, false, "0/2 proxies");
        await first.AcknowledgeAsync(update);
        await ProgrammedAsync(mesh, false, "1/2 proxies");
        await second.AcknowledgeAsync(update);
        await ProgrammedAsync(mesh, true, "2/2 proxies");
    }

    [Fact]
    public async Task ProxyThatNeverAnswers_IsPendingUntilItUnsubscribes()
    {
        await using var mesh = await StartAsync();
        using var proxy = await mesh.ConnectAsync();
        await ProgrammedAsync(mesh, true, "0/0 proxies");

        await proxy.SubscribeAsync("catalog");
        Assert.Equal("Pending", (await ProgrammedAsync(mesh, false, "0/1 proxies")).Reason);

        await proxy.UnsubscribeAsync("catalog");
        await ProgrammedAsync(mesh, true, "0/0 proxies");
    }

    [Fact]
    public async Task NewGeneration_IsProgrammedOnceItIsAcknowledged()
    {
        await using var mesh = await StartAsync();
        using var proxy = await mesh.ConnectAsync();
        await proxy.AcknowledgeAsync(await proxy.SubscribedAsync("catalog"));
        await ProgrammedAsync(mesh, true, "1/1 proxies");

        mesh.Upsert(Given.Policy("p", generation: 2, spec: s => s.Retries = new() { Attempts = 0 }));
        var update = await proxy.NextUpdateAsync();
        await ProgrammedAsync(mesh, false, "0/1 proxies");
        await proxy.AcknowledgeAsync(update);
        await ProgrammedAsync(mesh, true, "1/1 proxies");
    }

    [Fact]
    public async Task ProxyThatLeaves_IsCountedNoMore()
    {
        await using var mesh = await StartAsync();
        using (var proxy = await mesh.ConnectAsync())
        {
            await proxy.SubscribedAsync("catalog");
            await ProgrammedAsync(mesh, false, "0/1 proxies");
        }
        await ProgrammedAsync(mesh, true, "0/0 proxies");
    }

    [Fact]
    public async Task KnownVersion_CountsAsAcknowledged()
    {
        await using var mesh = await StartAsync();
        using var first = await mesh.ConnectAsync("proxy-1");
        var known = await first.SubscribedAsync("catalog");
        using var second = await mesh.ConnectAsync("proxy-2");

        await second.SubscribeAsync("catalog", known.Destination, known.Version);

        await ProgrammedAsync(mesh, false, "1/2 proxies");
    }

    [Fact]
    public async Task RefusedUpdate_IsOnThePolicysStatus()
    {
        await using var mesh = await StartAsync();
        using var proxy = await mesh.ConnectAsync("proxy-1", "web");
        var update = await proxy.SubscribedAsync("catalog.shop");

        await proxy.RefuseAsync(update, "too many endpoints");

        var condition = await ProgrammedAsync(mesh, false, "0/1 proxies; refused by web/proxy-1: too many endpoints");
        Assert.Equal("Refused", condition.Reason);
    }

    [Fact]
    public async Task RefusedDelta_IsAnsweredWithTheWhole()
    {
        await using var mesh = await StartAsync();
        using var proxy = await mesh.ConnectAsync();
        await proxy.SubscribedAsync("catalog");
        mesh.Upsert(Given.Slice("catalog", Given.Endpoint("10.0.0.1"), Given.Endpoint("10.0.0.2")));
        var delta = await proxy.NextUpdateAsync();
        Assert.NotEqual(0ul, delta.BaseVersion);

        await proxy.RefuseAsync(delta, "another base");

        var whole = await proxy.NextUpdateAsync();
        Assert.Equal((0ul, delta.Version, 2), (whole.BaseVersion, whole.Version, whole.Endpoints.Count));
        await proxy.AcknowledgeAsync(whole);
        await ProgrammedAsync(mesh, true, "1/1 proxies");
    }

    [Fact]
    public async Task VersionThatWasNeverSent_MeansNothing()
    {
        await using var mesh = await StartAsync();
        using var proxy = await mesh.ConnectAsync();
        var update = await proxy.SubscribedAsync("catalog");

        await proxy.AcknowledgeAsync(new() { Destination = update.Destination, Version = update.Version + 1 });
        await proxy.AcknowledgeAsync(new() { Destination = "shop/nobody:80", Version = update.Version });
        await proxy.RefuseAsync(new() { Destination = update.Destination, Version = update.Version + 1 }, "why not");
        await proxy.SubscribeAsync("nobody");
        await proxy.NextResolutionAsync();

        await ProgrammedAsync(mesh, false, "0/1 proxies");
        Assert.Equal(0, mesh.Count("mesh_operator_refusals"));
    }

    private static async Task<TestOperator> StartAsync()
    {
        var mesh = await TestOperator.StartAsync();
        mesh.Upsert(Given.Service("catalog"), Given.Slice("catalog", Given.Endpoint("10.0.0.1")), Given.Policy("p"));
        return mesh;
    }

    private static Task<Operator.Compilation.Condition> ProgrammedAsync(TestOperator mesh, bool holds, string message) =>
        mesh.Statuses.WaitForAsync("shop/p", ConditionTypes.Programmed, condition => condition.Holds == holds && condition.Message == message);
}
