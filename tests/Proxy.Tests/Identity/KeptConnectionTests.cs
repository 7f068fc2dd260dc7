using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Mesh.Proxy.Channels;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Identity;

/// <summary>Requests of HTTP/1.1 between sidecars: over channels of connections that are kept, and over HTTP/2 where the peer takes none.</summary>
public sealed class KeptConnectionTests
{
    // HTTP/2 has no reason phrases: one that arrives didn't pass it.
    private const string ByHand = "HTTP/1.1 200 By hand\r\nContent-Length: 0\r\n\r\n";

    private readonly TestAuthority _authority = new();

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

    [Theory]
    [InlineData(100)]
    [InlineData(300)]
    public async Task Burst_OpensFewConnections(int requests)
    {
        var here = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var application = await TestApplication.StartAsync(async context =>
        {
            if (Interlocked.Increment(ref here) == requests) all.SetResult();
            await all.Task.WaitAsync(Cancellation);
            await context.Response.WriteAsync("here", Cancellation);
        });
        await using var mesh = await SecuredMesh.StartAsync(application.Address);
        using var connections = NewConnections(mesh);
        using var loop = new EventLoop("test");

        var answers = await Task.WhenAll(Enumerable.Range(0, requests).Select(_ => AskAsync(connections, loop, "/", Cancellation)));
        Assert.All(answers, answer => Assert.Equal("here", answer));
        // Channels count too.
        var carrying = (requests + ChannelConnection.MostChannels - 1) / ChannelConnection.MostChannels;
        Assert.Equal(requests + carrying, mesh.ServerProxy.PortOf("inbound").OpenConnections);
    }

    [Fact]
    public async Task RequestThatIsGivenUp_EndsNoOther()
    {
        var isHere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isGivenUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var application = await TestApplication.StartAsync(async context =>
        {
            if (context.Request.Path == "/patient")
            {
                isHere.SetResult();
                await isOver.Task.WaitAsync(Cancellation);
            }
            else if (context.Request.Path == "/impatient")
            {
                context.RequestAborted.Register(isGivenUp.SetResult);
                isHere.SetResult();
                await isGivenUp.Task.WaitAsync(Cancellation);
            }
            await context.Response.WriteAsync("here", Cancellation);
        });
        await using var mesh = await SecuredMesh.StartAsync(application.Address);
        using var connections = NewConnections(mesh);
        using var loop = new EventLoop("test");
        var patient = AskAsync(connections, loop, "/patient", Cancellation);
        await isHere.Task.WaitAsync(Cancellation);
        isHere = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using var patience = new CancellationTokenSource();
        var impatient = AskAsync(connections, loop, "/impatient", patience.Token);
        await isHere.Task.WaitAsync(Cancellation);
        Assert.Equal(3, mesh.ServerProxy.PortOf("inbound").OpenConnections);
        await patience.CancelAsync();

        await isGivenUp.Task.WaitAsync(Cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        // Nor one that is given up before it has been sent.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AskAsync(connections, loop, "/", patience.Token));
        Assert.Equal("here", await AskAsync(connections, loop, "/", Cancellation));
        isOver.SetResult();
        Assert.Equal("here", await patient);
    }

    [Fact]
    public async Task SidecarThatRefusesAChannel_HasNotBeenConnectedTo()
    {
        var handshakes = 0;
        await using var sidecar = NewSidecar(MeshAlpn.Channels, async (tls, stopping) =>
        {
            Interlocked.Increment(ref handshakes);
            var head = new byte[Frame.HeadLength];
            await tls.ReadExactlyAsync(head, stopping);
            new Frame(FrameKind.Refuse, 1, 0).Write(head);
            await tls.WriteAsync(head, stopping);
            // Until the client has left.
            while (await tls.ReadAsync(new byte[1024], stopping) > 0)
            {
            }
        });
        using var connections = NewConnections(sidecar.Address);
        using var loop = new EventLoop("test");

        for (var i = 0; i < 2; i++)
        {
            await loop.SwitchAsync();
            using var request = new HttpRequestMessage(HttpMethod.Post, "http://catalog/") { VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            var failure = await Assert.ThrowsAsync<HttpRequestException>(() => connections.SendAsync(request, Cancellation));
            Assert.Equal(HttpRequestError.ConnectionError, failure.HttpRequestError);
        }
        await Task.Yield();
        Assert.Equal(2, handshakes);
    }

    // A connection may be found to have ended when another channel is opened on it, as when a kept one is used again.
    [Fact]
    public async Task RequestOnANewChannelOfAConnectionThatHasEnded_IsSentAgain()
    {
        var connected = 0;
        var isFirstHere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var sidecar = NewSidecar(MeshAlpn.Channels, async (tls, stopping) =>
        {
            var isFirst = Interlocked.Increment(ref connected) is 1;
            var head = new byte[Frame.HeadLength];
            for (var requests = 1; ; requests++)
            {
                await tls.ReadExactlyAsync(head, stopping);
                var frame = Frame.Read(head);
                await tls.ReadExactlyAsync(new byte[frame.Value], stopping);
                // The first is never answered, and the second one's end is that of both.
                if (isFirst && requests is 2) return;
                if (isFirst) isFirstHere.SetResult();
                else await tls.WriteAsync((byte[])[.. Head(new(FrameKind.Data, frame.Channel, ByHand.Length)), .. Encoding.ASCII.GetBytes(ByHand)], stopping);
            }
        });
        using var connections = NewConnections(sidecar.Address);
        using var loop = new EventLoop("test");

        Task<HttpResponseMessage> Send(HttpMethod method) =>
            Task.Run(async () =>
            {
                await loop.SwitchAsync();
                using var request = new HttpRequestMessage(method, "http://catalog/") { VersionPolicy = HttpVersionPolicy.RequestVersionExact };
                return await connections.SendAsync(request, Cancellation);
            }, Cancellation);
        var first = Send(HttpMethod.Post);
        await isFirstHere.Task.WaitAsync(Cancellation);
        using var answer = await Send(HttpMethod.Get);

        Assert.Equal("By hand", answer.ReasonPhrase);
        await Assert.ThrowsAsync<HttpRequestException>(() => first);
    }

    [Fact]
    public async Task SidecarThatLeavesAfterTheHandshake_IsNotAskedAgainAndAgain()
    {
        var handshakes = 0;
        await using var sidecar = NewSidecar(MeshAlpn.Channels, (_, _) =>
        {
            Interlocked.Increment(ref handshakes);
            return Task.CompletedTask;
        });
        using var connections = NewConnections(sidecar.Address);
        using var loop = new EventLoop("test");

        await loop.SwitchAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/") { VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        await Assert.ThrowsAsync<HttpRequestException>(() => connections.SendAsync(request, Cancellation));
        await Task.Yield();
        Assert.Equal(1, handshakes);
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
        time.Advance(ends - time.GetUtcNow() - TimeSpan.FromSeconds(40));
        await SendUntilAsync(client, isByHand: true);
        // Sooner than it would be left because it is idle.
        time.Advance(TimeSpan.FromSeconds(35));

        // By the same certificates there is nothing to be gained from another: HTTP/2 can ask who has a request under way to go.
        await SendUntilAsync(client, isByHand: false);
        await Condition.HoldsAsync(() => mesh.ServerProxy.PortOf("inbound").OpenConnections is 1);
    }

    [Fact]
    public async Task SidecarThatLeaves_FailsNoRequest()
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
        var handshakes = 0;
        await using var sidecar = NewSidecar(SslApplicationProtocol.Http2, async (tls, stopping) =>
        {
            using var inner = new TcpClient();
            await inner.ConnectAsync(application.Address, stopping);
            var sending = tls.CopyToAsync(inner.GetStream(), stopping);
            await inner.GetStream().CopyToAsync(tls, stopping);
            await sending;
        }, () => Interlocked.Increment(ref handshakes));
        using var connections = NewConnections(sidecar.Address);
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

    private static byte[] Head(Frame frame)
    {
        var head = new byte[Frame.HeadLength];
        frame.Write(head);
        return head;
    }

    private static HttpMessageInvoker NewConnections(SecuredMesh mesh) =>
        new(new SecuredConnections(mesh.Inbound, TestAuthority.IdOf(SecuredMesh.Server), mesh.ClientStore, () => TimeSpan.FromSeconds(30), TimeProvider.System));

    private static Task<string> AskAsync(HttpMessageInvoker connections, EventLoop loop, string path, CancellationToken cancellationToken) => Task.Run(async () =>
    {
        await loop.SwitchAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://catalog{path}") { VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var answer = await connections.SendAsync(request, cancellationToken);
        return await answer.Content.ReadAsStringAsync(cancellationToken);
    }, Cancellation);

    private RawServer NewSidecar(SslApplicationProtocol protocol, Func<SslStream, CancellationToken, Task> serve, Action? asked = null) => new(async (client, stopping) =>
    {
        asked?.Invoke();
        await using var tls = new SslStream(client.GetStream());
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificate = _authority.CredentialsOf(SecuredMesh.Server).Certificate,
            ApplicationProtocols = [protocol],
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
        await serve(tls, stopping);
    });

    private HttpMessageInvoker NewConnections(IPEndPoint sidecar) => new(new SecuredConnections(
        sidecar, TestAuthority.IdOf(SecuredMesh.Server), SecuredMesh.StoreOf(_authority.CredentialsOf(SecuredMesh.Client)), () => TimeSpan.FromSeconds(30), TimeProvider.System));

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
