using Mesh.Api.Authorization;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;
using Rules = Mesh.Api.Discovery.Authorization;

namespace Mesh.Api.Tests.Authorization;

public sealed class AuthorizerTests
{
    private static readonly SpiffeId Frontend = new("cluster.local", "shop", "frontend");

    [Fact]
    public void Connection_IsLetInByNoRuleForRequests_AndRefusedByEach()
    {
        var requests = new AuthorizationRule { Name = "r", To = { new AuthorizationOperation { Methods = { "DELETE" } } } };
        var connection = new AccessRequest { Port = 80, Caller = Frontend };

        Assert.Equal(AccessReason.NotAllowed, Decide(connection, Policy(AuthorizationAction.Allow, requests)).Reason);
        Assert.Equal(AccessReason.Denied, Decide(connection, Policy(AuthorizationAction.Deny, requests)).Reason);
        Assert.True(Decide(connection with { Request = new PlayedRequest("GET", "/", "") }, Policy(AuthorizationAction.Deny, requests)).IsAllowed);
    }

    [Theory]
    [InlineData("front.nd")]
    [InlineData("front[a-z]nd")]
    [InlineData("frontend.*x")]
    [InlineData("(frontend)")]
    [InlineData("^frontend$")]
    [InlineData("front?nd")]
    [InlineData("front\\end")]
    public void CharactersOfExpressions_AreOrdinary(string account)
    {
        var rule = new AuthorizationRule { Name = "r", From = { new AuthorizationSource { Identities = { $"spiffe://*/ns/shop/sa/{account}" } } } };

        Assert.False(Decide(new() { Port = 80, Caller = Frontend }, Policy(AuthorizationAction.Allow, rule)).IsAllowed);
        Assert.False(Decide(new() { Port = 80, Caller = new("cluster.local", "shop", "frontendxx") }, Policy(AuthorizationAction.Allow, rule)).IsAllowed);
    }

    [Theory]
    [InlineData("realm_access.roles", "admin", true)]
    [InlineData("realm_access.roles", "adm", false)]
    [InlineData("realm_access.roles", "adm*", true)]
    [InlineData("https://example.com/tenant", "a", true)]
    [InlineData("verified", "true", true)]
    [InlineData("level", "7", true)]
    [InlineData("nothing", "*", false)]
    [InlineData("realm_access", "*", true)]
    [InlineData("missing.roles", "admin", false)]
    public void Claims_AreFoundInObjectsAndLists(string claim, string value, bool expected)
    {
        var request = new PlayedRequest("GET", "/", "")
        {
            Claims = """{"realm_access": {"roles": ["user", "admin"]}, "https://example.com/tenant": "a", "verified": true, "level": 7, "nothing": null}""",
        };
        var rule = new AuthorizationRule { Name = "r", When = { new AuthorizationCondition { Claim = claim, Values = { value } } } };

        Assert.Equal(expected, Decide(new() { Port = 80, Request = request }, Policy(AuthorizationAction.Allow, rule)).IsAllowed);
    }

    [Fact]
    public void AuditAndShadow_AreToldAndDecideNothing()
    {
        var everything = new AuthorizationRule { Name = "all" };
        var observer = new Recorded();
        var deny = Policy(AuthorizationAction.Deny, everything);
        deny.Shadow = true;
        deny.Source.Name = "trial";
        var authorizer = new Authorizer(new() { Default = DefaultAuthorization.Everyone, Policies = { Policy(AuthorizationAction.Audit, everything), deny } }, "shop");

        Assert.True(authorizer.Decide(new() { Port = 80 }, observer).IsAllowed);
        Assert.Equal(["audited p/all", "trial/all would refuse"], observer.Told);
    }

    [Fact]
    public void ShadowOfAnAllow_TellsWhatItWouldNotLetIn()
    {
        var observer = new Recorded();
        var allow = Policy(AuthorizationAction.Allow, new AuthorizationRule { Name = "own", From = { new AuthorizationSource { Namespaces = { "shop" } } } });
        allow.Shadow = true;
        var authorizer = new Authorizer(new() { Default = DefaultAuthorization.Everyone, Policies = { allow } }, "shop");

        Assert.True(authorizer.Decide(new() { Port = 80 }, observer).IsAllowed);
        Assert.True(authorizer.Decide(new() { Port = 80, Caller = Frontend }, observer).IsAllowed);
        Assert.Equal(["p/ would refuse"], observer.Told);
    }

    [Fact]
    public void WhatThisVersionDoesNotKnow_Refuses()
    {
        var later = Policy((AuthorizationAction)99, new AuthorizationRule { Name = "r" });
        var strange = Policy(AuthorizationAction.Deny, new AuthorizationRule { Name = "r", To = { new AuthorizationOperation { Paths = { new PathMatch() } } } });
        var request = new AccessRequest { Port = 80, Request = new PlayedRequest("GET", "/", "") };

        Assert.False(Decide(request, later).IsAllowed);
        Assert.False(Decide(request, strange).IsAllowed);
        Assert.False(new Authorizer(new() { Default = (DefaultAuthorization)99 }, "shop").Decide(request).IsAllowed);
        Assert.Throws<FormatException>(() => new Authorizer(
            new() { Policies = { Policy(AuthorizationAction.Allow, new AuthorizationRule { From = { new AuthorizationSource { Cidrs = { "10.0.0.0/99" } } } }) } }, "shop"));
    }

    [Fact]
    public void Decision_AllocatesNothing()
    {
        var authorizer = new Authorizer(
            new()
            {
                Policies =
                {
                    Policy(AuthorizationAction.Deny, new AuthorizationRule { Name = "d", From = { new AuthorizationSource { Cidrs = { "192.168.0.0/16" } } } }),
                    Policy(AuthorizationAction.Allow, new AuthorizationRule
                    {
                        Name = "a",
                        From = { new AuthorizationSource { Identities = { "spiffe://*/ns/shop/sa/*" }, Namespaces = { "shop" } } },
                        To = { new AuthorizationOperation { Methods = { "POST" }, Hosts = { "payments" }, Paths = { new PathMatch { Template = "/users/{id}" } } } },
                    }),
                },
            },
            "shop");
        var request = new AccessRequest { Port = 80, Caller = Frontend, Address = System.Net.IPAddress.Loopback, Request = new PlayedRequest("POST", "/users/7", "payments:80") };
        Assert.True(authorizer.Decide(request).IsAllowed);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) authorizer.Decide(request);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Explanation_NamesPolicyRuleAndCaller()
    {
        var policy = Policy(AuthorizationAction.Deny, new AuthorizationRule { Name = "no-deletes", To = { new AuthorizationOperation { Methods = { "DELETE" } } } });
        var request = new AccessRequest { Port = 8080, Caller = Frontend, Request = new PlayedRequest("DELETE", "/charge", "payments") };
        var authorizer = new Authorizer(new() { Policies = { policy } }, "shop");
        var explanation = authorizer.Explain(request, authorizer.Decide(request));

        Assert.Equal(
            "spiffe://cluster.local/ns/shop/sa/frontend may not DELETE /charge at port 8080: rule no-deletes of the Deny policy shop/p@3 matches", explanation.Sentence);
        Assert.Equal(["shop/p@3"], explanation.Policies);
        Assert.Equal(("no-deletes", "spiffe://cluster.local/ns/shop/sa/frontend"), (explanation.Rule, explanation.Caller));
    }

    private static AccessDecision Decide(AccessRequest request, AuthorizationRules policy) =>
        new Authorizer(new Rules { Default = DefaultAuthorization.Everyone, Policies = { policy } }, "shop").Decide(request);

    private static AuthorizationRules Policy(AuthorizationAction action, AuthorizationRule rule) =>
        new() { Source = new() { Namespace = "shop", Name = "p", Generation = 3 }, Action = action, Rules = { rule } };

    private sealed class Recorded : IAccessObserver
    {
        public List<string> Told { get; } = [];

        public void Audited(PolicySource policy, string rule) => Told.Add($"audited {policy.Name}/{rule}");

        public void WouldDecide(PolicySource policy, string rule, bool wouldAllow) => Told.Add($"{policy.Name}/{rule} would {(wouldAllow ? "allow" : "refuse")}");
    }
}
