using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Api.Resources;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Tests.Discovery;

/// <summary>What proxies are told of their own pods, over real streams.</summary>
public sealed class WorkloadTests
{
    [Fact]
    public async Task Proxy_IsToldRightAway_AndWhenSomethingChangesForItsPod()
    {
        await using var mesh = await TestOperator.StartAsync();
        mesh.Upsert(Pod("payments-0", ("app", "payments")));
        using var proxy = await mesh.ConnectAsync("payments-0");

        var first = await proxy.NextWorkloadAsync();
        Assert.Equal((MtlsMode.Permissive, true), (first.Mtls, first.Authorization is null));
        Assert.NotEqual(0ul, first.Version);

        mesh.Upsert(Authorization("payments", spec => spec.PodSelector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = "payments" } }));
        var second = await proxy.NextWorkloadAsync();
        Assert.Equal("payments", Assert.Single(second.Authorization.Policies).Source.Name);

        mesh.Upsert(Pod("payments-0", ("app", "other")));
        Assert.Equal(first, await proxy.NextWorkloadAsync());
    }

    [Fact]
    public async Task WhatChangesNothingForAPod_IsNotSent_AndEqualContentIsEncodedOnce()
    {
        await using var mesh = await TestOperator.StartAsync();
        mesh.Upsert(Pod("a", ("app", "a")), Pod("b", ("app", "a")), Pod("c", ("app", "c")));
        using var a = await mesh.ConnectAsync("a");
        using var b = await mesh.ConnectAsync("b");
        using var c = await mesh.ConnectAsync("c");
        var before = await a.NextWorkloadAsync();
        Assert.Equal(before, await b.NextWorkloadAsync());
        Assert.Equal(before, await c.NextWorkloadAsync());
        Assert.Equal(1, mesh.Count("mesh_operator_updates_encoded workload"));

        mesh.Upsert(Authorization("a", spec => spec.PodSelector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = "a" } }));
        Assert.Equal(await a.NextWorkloadAsync(), await b.NextWorkloadAsync());
        mesh.Upsert(new V1Namespace { Metadata = new() { Name = "shop", Annotations = new Dictionary<string, string> { ["mesh.io/mtls"] = "strict" } } });
        var strict = await c.NextWorkloadAsync();
        Assert.Equal(await a.NextWorkloadAsync(), await b.NextWorkloadAsync());

        Assert.Equal((MtlsMode.Strict, true), (strict.Mtls, strict.Authorization is null));
        Assert.Equal(4, mesh.Count("mesh_operator_updates_encoded workload"));
    }

    [Fact]
    public async Task Answers_CountTowardsProgrammed()
    {
        await using var mesh = await TestOperator.StartAsync();
        mesh.Upsert(Authorization("everyone", _ => { }));
        using var first = await mesh.ConnectAsync("a");
        using var second = await mesh.ConnectAsync("b");
        using var elsewhere = await mesh.ConnectAsync("c", "other");
        var update = await first.NextWorkloadAsync();
        await second.NextWorkloadAsync();

        await ProgrammedAsync(mesh, false, "0/2 proxies");
        await first.AcknowledgeWorkloadAsync(update);
        await ProgrammedAsync(mesh, false, "1/2 proxies");
        await second.RefuseWorkloadAsync(update, "too new");
        await ProgrammedAsync(mesh, false, "1/2 proxies; refused by shop/b: too new");
        await second.AcknowledgeWorkloadAsync(update);
        await ProgrammedAsync(mesh, true, "2/2 proxies");

        mesh.Upsert(Authorization("everyone", spec => spec.Action = PolicyAction.Deny, generation: 2));
        await ProgrammedAsync(mesh, false, "0/2 proxies");
        await first.AcknowledgeWorkloadAsync(await first.NextWorkloadAsync());
        await ProgrammedAsync(mesh, false, "1/2 proxies");
    }

    [Fact]
    public async Task PolicyThatCantBeRead_RefusesEverythingThatItAppliesTo_AndSaysSo()
    {
        await using var mesh = await TestOperator.StartAsync();
        mesh.Upsert(Pod("payments-0", ("app", "payments")), Pod("catalog-0", ("app", "catalog")));
        using var payments = await mesh.ConnectAsync("payments-0");
        using var catalog = await mesh.ConnectAsync("catalog-0");
        await payments.NextWorkloadAsync();
        var open = await catalog.NextWorkloadAsync();
        var good = Authorization("p", spec => spec.PodSelector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = "payments" } });
        mesh.Upsert(good);
        Assert.Equal(AuthorizationAction.Allow, Assert.Single((await payments.NextWorkloadAsync()).Authorization.Policies).Action);

        mesh.State.Post(new ResourceChange.Reject(ResourceKind.AuthorizationPolicy, new("shop", "p"), ["spec.rules[0].form: found an unknown field"]));
        var refusing = Assert.Single((await payments.NextWorkloadAsync()).Authorization.Policies);
        var accepted = await mesh.Statuses.WaitForAsync("shop/p", ConditionTypes.Accepted, condition => !condition.Holds);

        Assert.Equal((AuthorizationAction.Deny, "unreadable"), (refusing.Action, Assert.Single(refusing.Rules).Name));
        Assert.Equal("spec.rules[0].form: found an unknown field; everything that the policy applies to is refused", accepted.Message);
        using var other = await mesh.ConnectAsync("catalog-0");
        Assert.Equal(open, await other.NextWorkloadAsync());
    }

    [Fact]
    public async Task UnreadableWords_AreTheStricter()
    {
        await using var mesh = await TestOperator.StartAsync();
        mesh.Upsert(new V1Namespace
        {
            Metadata = new() { Name = "shop", Annotations = new Dictionary<string, string> { ["mesh.io/mtls"] = "strickt", ["mesh.io/default-authorization"] = "nobdy" } },
        });
        using var proxy = await mesh.ConnectAsync("a");
        var update = await proxy.NextWorkloadAsync();

        Assert.Equal((MtlsMode.Strict, DefaultAuthorization.Nobody), (update.Mtls, update.Authorization.Default));
    }

    [Fact]
    public async Task Targets_AreTheServicesPods_OnTheServicesPorts()
    {
        await using var mesh = await TestOperator.StartAsync();
        var service = Given.Service("payments");
        service.Spec.Selector = new Dictionary<string, string> { ["app"] = "payments" };
        service.Spec.Ports[0].TargetPort = 8080;
        mesh.Upsert(service, Pod("payments-0", ("app", "payments")), Pod("catalog-0", ("app", "catalog")), Authorization("p", spec => spec.TargetRefs = [new() { Name = "payments" }]));
        using var payments = await mesh.ConnectAsync("payments-0");
        using var catalog = await mesh.ConnectAsync("catalog-0");

        Assert.Equal([8080u], Assert.Single((await payments.NextWorkloadAsync()).Authorization.Policies).Ports);
        Assert.Null((await catalog.NextWorkloadAsync()).Authorization);
    }

    [Fact]
    public async Task OlderWordOnAnIssuer_Counts_AndTheNewerIsInConflict()
    {
        await using var mesh = await TestOperator.StartAsync();
        mesh.Upsert(Issuing("older", new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), "https://a.example/keys"), Issuing("newer", new DateTime(2026, 2, 1, 0, 0, 0, DateTimeKind.Utc), "https://b.example/keys"));
        using var proxy = await mesh.ConnectAsync("a");
        var update = await proxy.NextWorkloadAsync();
        var conflicted = await mesh.Statuses.WaitForAsync("shop/newer", ConditionTypes.Conflicted, condition => condition.Holds);

        Assert.Equal("https://a.example/keys", Assert.Single(update.Authorization.Issuers).JwksUri);
        Assert.Equal("for pods that both apply to the older AuthorizationPolicy shop/older decides how tokens of https://issuer.example are verified", conflicted.Message);
    }

    private static AuthorizationPolicy Issuing(string name, DateTime created, string keys)
    {
        var policy = Authorization(name, spec => spec.Jwt = [new() { Issuer = "https://issuer.example", JwksUri = keys }]);
        policy.Metadata.CreationTimestamp = created;
        return policy;
    }

    private static Task<Condition> ProgrammedAsync(TestOperator mesh, bool holds, string message) =>
        mesh.Statuses.WaitForAsync("shop/everyone", ConditionTypes.Programmed, condition => condition.Holds == holds && condition.Message == message);

    private static AuthorizationPolicy Authorization(string name, Action<AuthorizationPolicySpec> spec, long generation = 1)
    {
        var policy = new AuthorizationPolicy { Metadata = new() { Name = name, NamespaceProperty = "shop", Generation = generation } };
        spec(policy.Spec);
        return policy;
    }

    private static V1Pod Pod(string name, params (string Key, string Value)[] labels)
    {
        var pod = Given.Pod(name);
        pod.Metadata.Labels = labels.ToDictionary(label => label.Key, label => label.Value);
        return pod;
    }
}
