using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Identity;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Identity;

public sealed class SecuredHttpTests
{
    private int _answered;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Request_ArrivesAsItWasSentWithTheCallersIdentity(bool isHttp2)
    {
        var protocol = isHttp2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
        await using var application = await TestApplication.StartAsync(
            context => context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Host} {context.Request.Path}{context.Request.QueryString} {context.Request.Headers["mesh-client-id"]}", Cancellation), protocol);
        await using var mesh = await SecuredMesh.StartAsync(application.Address);
        using var client = mesh.NewClient(isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11);

        for (var i = 0; i < 3; i++)
        {
            var answer = await client.GetStringAsync(new Uri("/a%2fb?c=d", UriKind.Relative), Cancellation);
            Assert.Equal($"{(isHttp2 ? "HTTP/2" : "HTTP/1.1")} {mesh.Port} /a%2fb?c=d spiffe://cluster.local/ns/shop/sa/frontend", answer);
        }
    }

    // Kestrel sends no head that says a length with 205 over HTTP/2, and no error: nobody would ever be answered.
    [Fact]
    public async Task LengthThatAHeadIsToldWithResetContent_IsLeftOut()
    {
        await using var application = new RawApplication("HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\n");
        await using var mesh = await SecuredMesh.StartAsync(application.Address);
        using var client = mesh.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Head, "/");
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ResetContent, answer.StatusCode);
    }

    [Fact]
    public async Task LargeBodies_PassWholeBothWays()
    {
        await using var application = await TestApplication.StartAsync(async context =>
        {
            using var kept = new MemoryStream();
            await context.Request.Body.CopyToAsync(kept, Cancellation);
            await context.Response.Body.WriteAsync(kept.ToArray(), Cancellation);
        });
        await using var mesh = await SecuredMesh.StartAsync(application.Address);
        using var client = mesh.NewClient();
        var body = new byte[20 * 1024 * 1024];
        new Random(1).NextBytes(body);

        using var answer = await client.PostAsync(new Uri("/", UriKind.Relative), new ByteArrayContent(body), Cancellation);
        Assert.Equal(body, await answer.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task WrongIdentity_IsAnErrorOfItsOwnAndNothingIsSent()
    {
        var requests = 0;
        await using var application = await TestApplication.StartAsync(_ =>
        {
            Interlocked.Increment(ref requests);
            return Task.CompletedTask;
        });
        await using var mesh = await SecuredMesh.StartAsync(application.Address, identity: "shop/payments");
        using var client = mesh.NewClient();
        using var answer = await client.PostAsync(new Uri("/", UriKind.Relative), new StringContent("secret"), Cancellation);

        Assert.Equal(("mesh/peer-identity", 503), (answer.Headers.GetValues("mesh-error").Single(), (int)answer.StatusCode));
        var problem = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("it is spiffe://cluster.local/ns/shop/sa/catalog, expected spiffe://cluster.local/ns/shop/sa/payments", problem, StringComparison.Ordinal);
        Assert.Contains("\"PeerIdentity\"", problem, StringComparison.Ordinal);
        Assert.Equal(0, requests);
    }

    [Fact]
    public async Task WrongIdentity_IsRetriedElsewhere()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("here", Cancellation));
        await using var elsewhere = await SecuredMesh.StartAsync(application.Address);
        var impostor = new Api.Discovery.Endpoint
        {
            Address = "127.0.0.1",
            Port = (uint)elsewhere.Inbound.Port,
            Pod = "shop/impostor",
            Identity = TestAuthority.IdOf("shop/payments").ToString(),
        };
        await using var mesh = await SecuredMesh.StartAsync(application.Address, others: impostor);
        using var client = mesh.NewClient();

        for (var i = 0; i < 10; i++) Assert.Equal("here", await client.GetStringAsync(new Uri("/", UriKind.Relative), Cancellation));
    }

    [Fact]
    public async Task ProxyWithoutCertificate_SendsNothingInTheClear()
    {
        await using var application = await TestApplication.StartAsync(_ => Task.CompletedTask);
        await using var mesh = await SecuredMesh.StartAsync(application.Address, clientHasCredentials: false);
        using var client = mesh.NewClient();
        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);

        Assert.Equal("mesh/identity-unavailable", answer.Headers.GetValues("mesh-error").Single());
    }

    [Fact]
    public async Task InnerProtocol_OfAnUnverifiedPeer_IsNotBelieved()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync(context.Request.Protocol, Cancellation), HttpProtocols.Http2);
        await using var mesh = await SecuredMesh.StartAsync(application.Address, MtlsMode.Permissive);
        using var client = TestProxy.NewClient(mesh.Inbound, HttpVersion.Version20);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Add("mesh-protocol", "http/1.1");
        using var answer = await client.SendAsync(request, Cancellation);

        Assert.Equal("HTTP/2", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task NewCertificatesAndAnchors_UnderLoad_FailNoRequest()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("here", Cancellation));
        await using var mesh = await SecuredMesh.StartAsync(application.Address);
        using var stop = new CancellationTokenSource();
        var users = Enumerable.Range(0, 8).Select(_ => UseAsync(mesh, stop.Token)).ToArray();

        // By overlap: first everyone believes both, then certificates come from the new, then nobody believes the old.
        var next = new TestAuthority("next");
        var both = TrustBundle.OfDer([mesh.Authority.Anchor.RawDataMemory, next.Anchor.RawDataMemory]);
        foreach (var store in (CredentialStore[])[mesh.ClientStore, mesh.ServerStore]) await StepAsync(() => store.Trust(both));
        await StepAsync(() => mesh.ServerStore.Replace(next.CredentialsOf(SecuredMesh.Server, both)));
        await StepAsync(() => mesh.ClientStore.Replace(next.CredentialsOf(SecuredMesh.Client, both)));
        foreach (var store in (CredentialStore[])[mesh.ClientStore, mesh.ServerStore]) await StepAsync(() => store.Trust(next.Trust));

        await stop.CancelAsync();
        var answers = await Task.WhenAll(users);
        Assert.DoesNotContain(answers.SelectMany(answer => answer), status => status is not HttpStatusCode.OK);

        async Task StepAsync(Action step)
        {
            var before = Volatile.Read(ref _answered);
            step();
            await Condition.HoldsAsync(() => Volatile.Read(ref _answered) > before + 100);
        }
    }

    [Fact]
    public async Task AnswerUnderWay_OutlivesTheCertificateItCameUnder()
    {
        var goOn = new TaskCompletionSource();
        await using var application = await TestApplication.StartAsync(async context =>
        {
            await context.Response.WriteAsync("first ", Cancellation);
            await context.Response.Body.FlushAsync(Cancellation);
            await goOn.Task.WaitAsync(Cancellation);
            await context.Response.WriteAsync("second", Cancellation);
        });
        await using var mesh = await SecuredMesh.StartAsync(application.Address);
        using var client = mesh.NewClient();
        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        mesh.ClientStore.Replace(mesh.Authority.CredentialsOf(SecuredMesh.Client));
        using var other = mesh.NewClient();
        var fresh = other.GetStringAsync(new Uri("/", UriKind.Relative), Cancellation);
        goOn.SetResult();

        Assert.Equal("first second", await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("first second", await fresh);
    }

    private async Task<IReadOnlyList<HttpStatusCode>> UseAsync(SecuredMesh mesh, CancellationToken stop)
    {
        using var client = mesh.NewClient();
        var statuses = new List<HttpStatusCode>();
        while (!stop.IsCancellationRequested)
        {
            // Not idempotent: what fails is not sent again.
            using var answer = await client.PostAsync(new Uri("/", UriKind.Relative), new StringContent("a"), Cancellation);
            statuses.Add(answer.StatusCode);
            Interlocked.Increment(ref _answered);
        }
        return statuses;
    }
}
