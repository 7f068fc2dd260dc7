using System.Net;
using System.Net.Sockets;
using Mesh.Api.Discovery;
using Mesh.Api.Probes;
using Mesh.Proxy.Tests.Identity;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Health;

/// <summary>The health port as the kubelet and Prometheus ask it: real connections, a real application.</summary>
public sealed class HealthPagesTests
{
    private const string Path = "/app/web/liveness";

    private static readonly IPEndPoint Nobody = new(IPAddress.Loopback, 1);

    [Fact]
    public async Task Live_IsAnswered_ReadyOnlyOnceTheOperatorHas()
    {
        await using var proxy = await TestProxy.StartAsync(discovery: new PlayedInventory());
        using var client = TestProxy.NewClient(proxy.Health);

        Assert.Equal(HttpStatusCode.OK, (await GetAsync(client, "/live")).Status);
        var (status, text) = await GetAsync(client, "/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("no operator has answered", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_AreThere_TheRestOfTheAdminPagesIsNot()
    {
        await using var proxy = await TestProxy.StartAsync();
        using var client = TestProxy.NewClient(proxy.Health);

        Assert.Contains("mesh_discovery_connected", (await GetAsync(client, "/metrics")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(client, "/config")).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.PostAsync(new Uri("/drain", UriKind.Relative), null, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(404)]
    [InlineData(503)]
    public async Task HttpProbe_IsAnsweredAsTheApplicationAnswers(int status)
    {
        await using var application = await TestApplication.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync($"{context.Request.Host} {context.Request.Path}{context.Request.QueryString} {context.Request.Headers["x-probe"]} {context.Request.Headers.UserAgent}");
        });
        await using var proxy = await StartAsync(new() { HttpGet = new() { Port = application.Address.Port, Path = "/healthz?full=1", HttpHeaders = [new("Host", "catalog.shop"), new("X-Probe", "yes")] } });
        using var client = TestProxy.NewClient(proxy.Health);
        client.DefaultRequestHeaders.UserAgent.ParseAdd("kube-probe/1.34");

        var answer = await GetAsync(client, Path);

        Assert.Equal(((HttpStatusCode)status, "catalog.shop /healthz?full=1 yes kube-probe/1.34"), answer);
    }

    // What the health port is for: under strict mutual TLS the kubelet has no other way.
    [Fact]
    public async Task StrictPod_RefusesTheKubelet_AndIsAskedAtItsHealthPort()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("well"));
        await using var proxy = await TestProxy.StartAsync(
            application: application.Address, credentials: SecuredMesh.StoreOf(new TestAuthority().CredentialsOf(SecuredMesh.Server)), workload: new PlayedWorkload(MtlsMode.Strict),
            probes: new Dictionary<string, ApplicationProbe> { [Path] = new() { HttpGet = new() { Port = application.Address.Port } } });
        using var plain = TestProxy.NewClient(proxy.Inbound);
        using var client = TestProxy.NewClient(proxy.Health);

        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(plain, "/"));
        Assert.Equal((HttpStatusCode.OK, "well"), await GetAsync(client, Path));
    }

    [Fact]
    public async Task HttpProbe_HandsOnNothingOfWhoeverAsks()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync(string.Join(' ', context.Request.Headers.Keys.Order())));
        await using var proxy = await StartAsync(new() { HttpGet = new() { Port = application.Address.Port } });
        using var client = TestProxy.NewClient(proxy.Health);
        client.DefaultRequestHeaders.Add("mesh-client-id", "spiffe://cluster.local/ns/shop/sa/admin");
        client.DefaultRequestHeaders.Add("Authorization", "Bearer stolen");

        Assert.Equal("Accept Host User-Agent", (await GetAsync(client, Path)).Text);
    }

    [Fact]
    public async Task Redirect_IsFollowedWithinThePod_AndTakenForWellBeyondIt()
    {
        await using var application = await TestApplication.StartAsync(context =>
        {
            if (context.Request.Path != "/end") context.Response.Redirect(context.Request.Path == "/near" ? "/end" : "https://login.example.com/");
            return context.Response.WriteAsync("here");
        });
        await using var near = await StartAsync(new() { HttpGet = new() { Port = application.Address.Port, Path = "/near" } });
        await using var far = await StartAsync(new() { HttpGet = new() { Port = application.Address.Port, Path = "/far" } });
        using var nearClient = TestProxy.NewClient(near.Health);
        using var farClient = TestProxy.NewClient(far.Health);

        Assert.Equal((HttpStatusCode.OK, "here"), await GetAsync(nearClient, Path));
        Assert.Equal((HttpStatusCode.OK, "redirects to login.example.com: taken for well\n"), await GetAsync(farClient, Path));
    }

    [Fact]
    public async Task EndlessRedirects_AreAFailure()
    {
        await using var application = await TestApplication.StartAsync(context =>
        {
            context.Response.Redirect("/again");
            return Task.CompletedTask;
        });
        await using var proxy = await StartAsync(new() { HttpGet = new() { Port = application.Address.Port } });
        using var client = TestProxy.NewClient(proxy.Health);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await GetAsync(client, Path)).Status);
    }

    [Fact]
    public async Task TcpProbe_SaysWhetherTheApplicationListens()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var proxy = await StartAsync(new() { TcpSocket = new() { Port = ((IPEndPoint)listener.LocalEndpoint).Port } });
        using var client = TestProxy.NewClient(proxy.Health);

        Assert.Equal(HttpStatusCode.OK, (await GetAsync(client, Path)).Status);
        listener.Stop();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await GetAsync(client, Path)).Status);
    }

    [Theory]
    [InlineData(1, HttpStatusCode.OK)]
    [InlineData(2, HttpStatusCode.ServiceUnavailable)]
    public async Task GrpcProbe_SaysWhetherTheServiceServes(byte status, HttpStatusCode expected)
    {
        byte[] asked = [];
        await using var application = await TestApplication.StartAsync(HttpProtocols.Http2, _ => { }, app => app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            asked = body.ToArray();
            context.Response.ContentType = "application/grpc";
            // A frame of two bytes: field 1, a number.
            await context.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 2, 0x08, status });
            context.Response.AppendTrailer("grpc-status", "0");
        }));
        await using var proxy = await StartAsync(new() { Grpc = new() { Port = application.Address.Port, Service = "shop" } });
        using var client = TestProxy.NewClient(proxy.Health);

        Assert.Equal(expected, (await GetAsync(client, Path)).Status);
        Assert.Equal([0, 0, 0, 0, 6, 0x0A, 4, .. "shop"u8], asked);
    }

    [Fact]
    public async Task ApplicationThatIsNotThere_IsAFailure_WithTheReason()
    {
        foreach (var probe in new ApplicationProbe[]
        {
            new() { HttpGet = new() { Port = Nobody.Port } }, new() { TcpSocket = new() { Port = Nobody.Port } }, new() { Grpc = new() { Port = Nobody.Port } },
        })
        {
            await using var proxy = await StartAsync(probe);
            using var client = TestProxy.NewClient(proxy.Health);

            var (status, text) = await GetAsync(client, Path);

            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            Assert.Contains($"127.0.0.1:{Nobody.Port}", text, StringComparison.Ordinal);
        }
    }

    private static Task<TestProxy> StartAsync(ApplicationProbe probe) => TestProxy.StartAsync(probes: new Dictionary<string, ApplicationProbe> { [Path] = probe });

    private static async Task<(HttpStatusCode Status, string Text)> GetAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
