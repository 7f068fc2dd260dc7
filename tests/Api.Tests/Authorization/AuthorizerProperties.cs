using System.Net;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Mesh.Api.Authorization;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;
using Rules = Mesh.Api.Discovery.Authorization;

namespace Mesh.Api.Tests.Authorization;

/// <summary>Whatever policies there are and whatever is asked: it is decided as discovery.proto says.</summary>
public sealed class AuthorizerProperties
{
    private static readonly string[] Paths = ["/", "/a", "/a/b", "/ab", "/a/b/c", "/shop.Payments/Charge", "/shop.Payments/Refund"];

    private static readonly Gen<SpiffeId?> Callers = Gen.Elements<SpiffeId?>(
        null, new("cluster.local", "shop", "frontend"), new("cluster.local", "shop", "payments"), new("cluster.local", "other", "frontend"), new("td", "a.b", "c-d"));

    private static readonly Gen<AuthorizationSource> Sources =
        from namespaces in Some("shop", "other", "a.b")
        from accounts in Some("shop/frontend", "other/frontend", "shop/front")
        from identities in Some("*", "spiffe://*/ns/shop/sa/*", "spiffe://cluster.local/ns/*/sa/frontend", "spiffe://td/ns/a*b/sa/c-d", "spiffe://td/ns/aXb/sa/c-d", "")
        from cidrs in Some("10.0.0.0/8", "10.1.2.3", "fd00::/8")
        from unauthenticated in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
        select new AuthorizationSource { Namespaces = { namespaces }, ServiceAccounts = { accounts }, Identities = { identities }, Cidrs = { cidrs }, Unauthenticated = unauthenticated };

    private static readonly Gen<PathMatch> PathMatches = Gen.OneOf(
        Gen.Elements(Paths).Select(path => new PathMatch { Exact = path }),
        Gen.Elements(Paths).Select(path => new PathMatch { Prefix = path }),
        Gen.Elements("/{x}", "/a/{x}", "/{x}/b", "/a/{**}", "/{**}", "/a/{x}/{**}").Select(path => new PathMatch { Template = path }));

    private static readonly Gen<AuthorizationOperation> Operations =
        from ports in Some(80u, 8080u)
        from methods in Some("GET", "POST")
        from paths in Gen.Frequency((2, Gen.Constant(Array.Empty<PathMatch>())), (1, Gen.ArrayOf(PathMatches, 2)))
        from hosts in Some("payments", "*.example.com", "api.example.com")
        from grpc in Gen.Frequency((4, Gen.Constant(Array.Empty<GrpcMatch>())), (1, Gen.Elements("", "Charge").Select(method => new[] { new GrpcMatch { Service = "shop.Payments", Method = method } })))
        select new AuthorizationOperation { Ports = { ports }, Methods = { methods }, Paths = { paths }, Hosts = { hosts }, Grpc = { grpc } };

    private static readonly Gen<AuthorizationCondition> Conditions =
        from header in Gen.Elements("x-tenant", "x-role")
        from values in Some("a", "b*", "*c")
        from negated in Gen.Elements(false, true)
        select new AuthorizationCondition { Header = header, Values = { values }, Negated = negated };

    private static readonly Gen<AuthorizationRule> RuleGen =
        from sources in Up(Sources)
        from operations in Up(Operations)
        from conditions in Up(Conditions)
        select new AuthorizationRule { Name = "r", From = { sources }, To = { operations }, When = { conditions } };

    private static readonly Gen<AuthorizationRules> PolicyGen =
        from action in Gen.Elements(AuthorizationAction.Allow, AuthorizationAction.Deny, AuthorizationAction.Audit)
        from shadow in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
        from ports in Some(80u, 9090u)
        from rules in Gen.Choose(0, 3).SelectMany(count => Gen.ArrayOf(RuleGen, count))
        select new AuthorizationRules { Source = new() { Namespace = "shop", Name = "p" }, Action = action, Shadow = shadow, Ports = { ports }, Rules = { rules } };

    private static readonly Gen<Rules> AllRules =
        from policies in Gen.Choose(0, 4).SelectMany(count => Gen.ArrayOf(PolicyGen, count))
        from access in Gen.Elements(DefaultAuthorization.Everyone, DefaultAuthorization.Mesh, DefaultAuthorization.SameNamespace, DefaultAuthorization.Nobody)
        select new Rules { Default = access, Policies = { policies } };

    private static readonly Gen<AccessRequest> Requests =
        from caller in Callers
        from address in Gen.Elements<IPAddress?>(null, IPAddress.Parse("10.1.2.3"), IPAddress.Parse("192.168.0.1"), IPAddress.Parse("fd00::1"))
        from port in Gen.Elements(80, 8080, 9090)
        from request in Gen.Frequency((1, Gen.Constant<PlayedRequest?>(null)), (4, HttpRequests()))
        select new AccessRequest { Caller = caller, Address = address, Port = port, Request = request };

    [Property(MaxTest = 3000)]
    public Property Decision_IsTheReferences() => Prop.ForAll(
        (from rules in AllRules from request in Requests select (rules, request)).ToArbitrary(),
        asked => Assert.Equal(ReferenceEvaluator.IsAllowed(asked.rules, "shop", asked.request), new Authorizer(asked.rules, "shop").Decide(asked.request).IsAllowed));

    [Property(MaxTest = 1000)]
    public Property Decision_GoesWithItsExplanation() => Prop.ForAll(
        (from rules in AllRules from request in Requests select (rules, request)).ToArbitrary(),
        asked =>
        {
            var authorizer = new Authorizer(asked.rules, "shop");
            var decision = authorizer.Decide(asked.request);
            var explanation = authorizer.Explain(asked.request, decision);
            Assert.Contains(decision.IsAllowed ? " may " : " may not ", explanation.Sentence, StringComparison.Ordinal);
            Assert.Equal(decision.Reason is AccessReason.Default, explanation.Policies.Count == 0);
        });

    [Property(MaxTest = 3000)]
    public Property Glob_IsTheReferences() => Prop.ForAll(
        (from pattern in Gen.ArrayOf(Gen.Elements('a', 'b', '*', '.', '['), 8) from text in Gen.ArrayOf(Gen.Elements('a', 'b', '.', '['), 8) select (pattern: new string(pattern), text: new string(text))).ToArbitrary(),
        pair => Assert.Equal(
            ReferenceEvaluator.GlobMatches(pair.pattern, pair.text),
            new Authorizer(Identity(pair.pattern), "shop").Decide(new() { Port = 1, Request = new PlayedRequest("GET", "/", "") { Headers = { ["x"] = pair.text } } }).IsAllowed));

    private static Rules Identity(string pattern) => new()
    {
        Policies = { new AuthorizationRules { Source = new(), Action = AuthorizationAction.Allow, Rules = { new AuthorizationRule { When = { new AuthorizationCondition { Header = "x", Values = { pattern } } } } } } },
    };

    private static Gen<PlayedRequest?> HttpRequests() =>
        from method in Gen.Elements("GET", "POST", "get")
        from path in Gen.Elements(Paths)
        from host in Gen.Elements("payments", "PAYMENTS:80", "api.example.com.", "example.com")
        from tenant in Gen.Elements<string?>(null, "a", "bb", "xc")
        select Request(method, path, host, tenant);

    private static PlayedRequest? Request(string method, string path, string host, string? tenant)
    {
        var request = new PlayedRequest(method, path, host);
        if (tenant is not null) request.Headers["x-tenant"] = tenant;
        return request;
    }

    // Mostly nothing: of much that is set at once hardly anything matches.
    private static Gen<T[]> Some<T>(params T[] values) => Gen.Frequency((3, Gen.Constant(Array.Empty<T>())), (1, Gen.ArrayOf(Gen.Elements(values), 2)));

    private static Gen<T[]> Up<T>(Gen<T> items) => Gen.Frequency((2, Gen.Constant(Array.Empty<T>())), (2, Gen.ArrayOf(items, 1)), (1, Gen.ArrayOf(items, 2)));
}
