using BenchmarkDotNet.Attributes;
using Mesh.Api.Authorization;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;
using Mesh.Proxy.Routing;

namespace Mesh.Micro.Benchmarks;

/// <summary>What it takes to find out whether a policy is about a request.</summary>
public class Matchers : IDisposable
{
    private readonly RequestMatcher _header = new(new() { Header = new() { Name = "x-tier", Values = { "silver", "gold" } } });
    private readonly RequestMatcher _caller = new(new() { Identities = { "spiffe://*/ns/bank/sa/*", "shop/*" } });
    private readonly HttpRequestMessage _request = new(HttpMethod.Get, "http://web.bench/") { Headers = { { "accept", "*/*" }, { "user-agent", "bench" }, { "x-tier", "gold" } } };
    private readonly Caller _frontend = new("shop/frontend", null);
    private readonly AccessRequest _access = new() { Port = 8080, Caller = new SpiffeId("cluster.local", "shop", "frontend"), Request = new PlainRequest("GET", "/users/7/orders") };
    private Authorizer _authorizer = Authorizer.Open;

    [Params(1, 20)]
    public int Rules { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var rules = new AuthorizationRules { Action = AuthorizationAction.Allow, Source = new() { Namespace = "shop", Name = "web" } };
        for (var i = 1; i < Rules; i++) rules.Rules.Add(Rule($"other-{i}", $"/things-{i}/{{id}}"));
        rules.Rules.Add(Rule("orders", "/users/{id}/orders"));
        _authorizer = new(new() { Policies = { rules } }, "shop");
    }

    [Benchmark(Description = "match a header")]
    public bool Header() => _header.Matches(_request, _frontend);

    [Benchmark(Description = "match a caller")]
    public bool Caller() => _caller.Matches(_request, _frontend);

    [Benchmark(Description = "authorize by path, caller and method; the last rule matches")]
    public bool Authorize() => _authorizer.Decide(_access).IsAllowed;

    public void Dispose()
    {
        _request.Dispose();
        GC.SuppressFinalize(this);
    }

    private static AuthorizationRule Rule(string name, string template) => new()
    {
        Name = name,
        From = { new AuthorizationSource { Identities = { "spiffe://*/ns/shop/sa/*" } } },
        To = { new AuthorizationOperation { Methods = { "GET" }, Paths = { new PathMatch { Template = template } } } },
    };

    private sealed class PlainRequest(string method, string path) : RequestTraits
    {
        public override string Method => method;

        public override string Path => path;

        public override string Host => "web";

        public override bool HasHeader(string name, ValuePatterns values) => false;

        public override bool HasClaim(ClaimName name, ValuePatterns values) => false;
    }
}
