using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Identity;

/// <summary>Requests of HTTP/1.1 between sidecars: over connections in that which are kept, where there are few, and over HTTP/2 else.</summary>
public sealed class KeptConnectionTests
{
    // HTTP/2 has no reason phrases: one that arrives didn't pass it.
    private const string ByHand = "HTTP/1.1 200 By hand\r\nContent-Length: 0\r\n\r\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RequestsOneAfterTheOther_ShareOneConnection()
    {
        await using var application = new RawApplication(ByHand);
        await using var mesh = await SecuredMesh.StartAsync(application.Address);
        using var client = mesh.NewClient();

        await SendUntilAsync(client, isByHand: true);
        for (var i = 0; i < 5; i++) Assert.Equal("By hand", await ReasonAsync(client));
        // And one of HTTP/2.
        await Condition.HoldsAsync(() => mesh.ServerProxy.PortOf("inbound").OpenConnections <= 4);
    }

    [Fact]
    public async Task Burst_OpensFewConnections()
    {
        const int requests = 100;
        var here = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var application = await TestApplication.StartAsync(async context =>
        {
            if (Interlocked.Increment(ref here) is requests) all.SetResult();
            await all.Task.WaitAsync(Cancellation);
            await context.Response.WriteAsync("here", Cancellation);
        });
        await using var mesh = await SecuredMesh.StartAsync(application.Address);
        using var client = mesh.NewClient();

        var answers = await Task.WhenAll(Enumerable.Range(0, requests).Select(_ => client.GetStringAsync(new Uri("/", UriKind.Relative), Cancellation)));
        Assert.All(answers, answer => Assert.Equal("here", answer));
        // And one of HTTP/2.
        Assert.InRange(mesh.ServerProxy.PortOf("inbound").OpenConnections, 1, 2 + 100);
    }

    [Fact]
    public async Task CertificateThatIsAboutToEnd_HasItsConnectionLeftInTime()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var application = new RawApplication(ByHand);
        await using var mesh = await SecuredMesh.StartAsync(application.Address, clientTime: time);
        using var client = mesh.NewClient();
        await SendUntilAsync(client, isByHand: true);

        var ends = mesh.ServerStore.Current!.Ends < mesh.ClientStore.Current!.Ends ? mesh.ServerStore.Current.Ends : mesh.ClientStore.Current.Ends;
        time.Advance(ends - time.GetUtcNow() - TimeSpan.FromSeconds(5));

        // By the same certificates there is nothing to be gained from another: HTTP/2 can ask who has a request under way to go.
        await SendUntilAsync(client, isByHand: false);
        await Condition.HoldsAsync(() => mesh.ServerProxy.PortOf("inbound").OpenConnections is 1);
    }

    [Fact]
    public async Task SidecarThatLeaves_IsSentNoMoreOnTheConnectionOfBefore()
    {
        await using var application = new RawApplication(ByHand);
        await using var mesh = await SecuredMesh.StartAsync(application.Address);
        using var client = mesh.NewClient();
        await SendUntilAsync(client, isByHand: true);

        mesh.ServerProxy.PortOf("inbound").IsLeaving = true;
        for (var i = 0; i < 5; i++)
        {
            using var answer = await client.PostAsync(new Uri("/", UriKind.Relative), null, Cancellation);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task SidecarThatTakesHttp2Only_IsSpokenToSo()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync(context.Request.Protocol, Cancellation), HttpProtocols.Http2);
        var authority = new TestAuthority();
        var handshakes = 0;
        await using var sidecar = new RawServer(async (client, stopping) =>
        {
            Interlocked.Increment(ref handshakes);
            await using var tls = new SslStream(client.GetStream());
            var options = new SslServerAuthenticationOptions
            {
                ServerCertificate = authority.CredentialsOf(SecuredMesh.Server).Certificate,
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                EnabledSslProtocols = SslProtocols.Tls13,
            };
            try
            {
                await tls.AuthenticateAsServerAsync(options, stopping);
            }
            catch (AuthenticationException)
            {
                return;
            }
            using var inner = new TcpClient();
            await inner.ConnectAsync(application.Address, stopping);
            var sending = tls.CopyToAsync(inner.GetStream(), stopping);
            await inner.GetStream().CopyToAsync(tls, stopping);
            await sending;
        });
        using var connections = new HttpMessageInvoker(new SecuredConnections(
            sidecar.Address, TestAuthority.IdOf(SecuredMesh.Server), SecuredMesh.StoreOf(authority.CredentialsOf(SecuredMesh.Client)), () => TimeSpan.FromSeconds(30), TimeProvider.System));
        using var loop = new EventLoop("test");

        for (var i = 0; i < 3; i++)
        {
            await loop.SwitchAsync();
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/") { VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var answer = await connections.SendAsync(request, Cancellation);
            Assert.Equal("HTTP/2", await answer.Content.ReadAsStringAsync(Cancellation));
        }
        await Task.Yield();
        Assert.Equal(2, handshakes);
    }

    // A connection's first request may come before it is on its loop, and goes over HTTP/2 then.
    private static async Task SendUntilAsync(HttpClient client, bool isByHand)
    {
        while (await ReasonAsync(client) is "By hand" != isByHand)
        {
        }
    }

    private static async Task<string?> ReasonAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.ReasonPhrase;
    }
}
