using Mesh.Api.Discovery;
using Mesh.Proxy.Tests.Conformance;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Inbound.Access;

/// <summary>Every way to write a path so that a policy reads another one than the application, over real sockets.</summary>
public sealed class PathTrickTests
{
    public static TheoryData<string> Tricks =>
    [
        "//admin", "/public//admin", "/./admin", "/public/./../admin", "/public/../admin", "/..//admin", "/public/..", "/admin/.",
        "/%2e/admin", "/public/%2e%2e/admin", "/public/.%2e/admin", "/public%2f..%2fadmin", "/public%2Fadmin", "/public%5c..%5cadmin", "/public\\..\\admin",
        "/admin%00", "/admin%00.png", "/%2561dmin", "/public/%252e%252e/admin", "/public%252fadmin", "/admin;x=1", "/public/..;/admin", "/admin%3Bx",
        "/%", "/%a", "/%zzadmin", "/%ff", "/%c0%ae%c0%ae/admin", "/admin%0d%0a", "/admin%09",
    ];

    // What every application takes for the same, so that it is decided on as that.
    public static TheoryData<string, bool> Spellings => new()
    {
        { "/admin", false },
        { "/admin/", false },
        { "/admin?x", false },
        { "/admin?/../public", false },
        { "/%61dmin", false },
        { "/%61%64%6D%69%6e/users", false },
        { "/public", true },
        { "/public?next=//admin/../%2f", true },
        { "/administrator", true },
        { "/public/...", true },
        { "/public/a%20b", true },
        { "http://admin/public", true },
        { "http://public/admin", false },
    };

    [Theory, MemberData(nameof(Tricks))]
    public async Task Trick_IsRefused_AndReachesNoApplication(string path)
    {
        await using var mesh = await Mesh.StartAsync();
        mesh.Workload.Authorize(AccessRules.Deny(AccessRules.Paths(new PathMatch { Prefix = "/admin" })));
        using var client = await RawClient.ConnectAsync(mesh.Proxy.Inbound);
        await client.SendAsync($"GET {path} HTTP/1.1\r\nHost: catalog\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(0, mesh.Requests);
    }

    [Theory, MemberData(nameof(Tricks))]
    public async Task Trick_IsRefusedOverHttp2(string path)
    {
        await using var mesh = await Mesh.StartAsync(HttpProtocols.Http2);
        mesh.Workload.Authorize(AccessRules.Allow(AccessRules.Paths(new PathMatch { Prefix = "/public" })));
        using var client = await RawHttp2.ConnectAsync(mesh.Proxy.Inbound);
        await client.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, 1, RawHttp2.Block((":method", "GET"), (":scheme", "http"), (":path", path), (":authority", "catalog")));
        await client.OutcomeAsync(1);

        Assert.Equal(0, mesh.Requests);
    }

    [Theory, MemberData(nameof(Spellings))]
    public async Task Spelling_IsDecidedOnAsWhatItMeans_AndPassesAsItCame(string target, bool isAllowed)
    {
        await using var mesh = await Mesh.StartAsync();
        mesh.Workload.Authorize(AccessRules.Deny(AccessRules.Paths(new PathMatch { Prefix = "/admin" })));
        using var client = await RawClient.ConnectAsync(mesh.Proxy.Inbound);
        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: catalog\r\n\r\n");
        var answer = await client.ReadUntilAsync(isAllowed ? "done" : "\r\n\r\n");

        Assert.StartsWith(isAllowed ? "HTTP/1.1 200 " : "HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        if (isAllowed) Assert.Contains(target[target.IndexOf("/public", StringComparison.Ordinal) is >= 0 and var at ? at.. : 0..], answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/public#/../admin")]
    [InlineData("/admin#")]
    [InlineData("#/admin")]
    public async Task Fragment_IsNoTarget(string target)
    {
        await using var mesh = await Mesh.StartAsync();
        mesh.Workload.Authorize(AccessRules.Deny(AccessRules.Paths(new PathMatch { Prefix = "/admin" })));
        using var client = await RawClient.ConnectAsync(mesh.Proxy.Inbound);
        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: catalog\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(0, mesh.Requests);
    }

    [Theory]
    [InlineData("payments", 403)]
    [InlineData("PAYMENTS", 403)]
    [InlineData("Payments:8080", 403)]
    [InlineData("payments.", 403)]
    [InlineData("a.EXAMPLE.com", 403)]
    [InlineData("example.com", 200)]
    [InlineData("payments2", 200)]
    public async Task HostsCaseAndPort_MakeNoDifference(string host, int status)
    {
        await using var mesh = await Mesh.StartAsync();
        mesh.Workload.Authorize(AccessRules.Deny(new AuthorizationRule { Name = "hosts", To = { new AuthorizationOperation { Hosts = { "payments", "*.example.com" } } } }));
        using var client = await RawClient.ConnectAsync(mesh.Proxy.Inbound);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);

        using var absolute = await RawClient.ConnectAsync(mesh.Proxy.Inbound);
        await absolute.SendAsync($"GET http://{host}/ HTTP/1.1\r\nHost: innocent\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", await absolute.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAPolicyOfPaths_EveryPathIsTheApplicationsBusiness()
    {
        await using var mesh = await Mesh.StartAsync();
        mesh.Workload.Authorize(AccessRules.Deny(new AuthorizationRule { Name = "methods", To = { new AuthorizationOperation { Methods = { "DELETE" } } } }));
        using var client = await RawClient.ConnectAsync(mesh.Proxy.Inbound);
        await client.SendAsync("GET //a/..;/%2f%2561 HTTP/1.1\r\nHost: catalog\r\n\r\n");

        Assert.Contains("//a/..;/%2f%2561", await client.ReadUntilAsync("done"), StringComparison.Ordinal);
    }

    private sealed class Mesh : IAsyncDisposable
    {
        private int _requests;
        private TestApplication? _application;

        public PlayedWorkload Workload { get; } = new(MtlsMode.Permissive);

        public TestProxy Proxy { get; private set; } = null!;

        public int Requests => Volatile.Read(ref _requests);

        public static async Task<Mesh> StartAsync(HttpProtocols protocols = HttpProtocols.Http1)
        {
            var mesh = new Mesh();
            mesh._application = await TestApplication.StartAsync(
                context =>
                {
                    Interlocked.Increment(ref mesh._requests);
                    return context.Response.WriteAsync($"{context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget} done");
                },
                protocols);
            mesh.Proxy = await TestProxy.StartAsync(application: mesh._application.Address, workload: mesh.Workload);
            return mesh;
        }

        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            await _application!.DisposeAsync();
        }
    }
}
