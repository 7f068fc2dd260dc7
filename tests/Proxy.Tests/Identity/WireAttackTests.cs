using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;
using Mesh.Proxy.Channels;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Tests.Conformance;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Identity;

/// <summary>What a hostile pod can send to a sidecar that demands an identity.</summary>
public sealed class WireAttackTests : IAsyncLifetime
{
    private static readonly byte[] Request = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: catalog\r\n\r\n");

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private TestApplication? _application;
    private SecuredMesh? _mesh;
    private int _requests;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _application = await TestApplication.StartAsync(async context =>
        {
            Interlocked.Increment(ref _requests);
            await context.Request.Body.CopyToAsync(Stream.Null, Cancellation);
            var received = context.Request.Headers.Concat(context.Request.CheckTrailersAvailable() ? context.Features.GetRequiredFeature<IHttpRequestTrailersFeature>().Trailers : []);
            await context.Response.WriteAsync($"<<{string.Join(';', received.Where(IsClaim).Select(field => $"{field.Key.ToLowerInvariant()}={field.Value}"))}>>", Cancellation);
        });
        _mesh = await SecuredMesh.StartAsync(_application.Address, serverTime: _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _mesh!.DisposeAsync();
        await _application!.DisposeAsync();
    }

    [Fact]
    public async Task Plaintext_IsResetAndCounted()
    {
        using var client = await ConnectAsync();
        await client.SendAsync(Request, Cancellation);
        await AssertRefusedAsync(client, ConnectionRefusal.Plaintext);
    }

    [Fact]
    public async Task ForeignTls_IsResetAndCounted()
    {
        using var client = await ConnectAsync();
        await using var tls = new SslStream(new NetworkStream(client), leaveInnerStreamOpen: false, BelieveAnyone);
        await Assert.ThrowsAnyAsync<IOException>(() => tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { ApplicationProtocols = [SslApplicationProtocol.Http2] }, Cancellation));
        await CountedAsync(ConnectionRefusal.ForeignTls);
    }

    [Fact]
    public async Task MarkerWithGarbage_IsRefused()
    {
        using var client = await ConnectAsync();
        await client.SendAsync(await CapturedHelloAsync(), Cancellation);
        await client.SendAsync(new byte[1000], Cancellation);
        await AssertRefusedAsync(client, ConnectionRefusal.Handshake);
    }

    [Fact]
    public async Task HandshakeThatStops_IsCutOff()
    {
        using var client = await ConnectAsync();
        await client.SendAsync(await CapturedHelloAsync(), Cancellation);
        // The server's part has come: its patience has begun.
        Assert.True(await client.ReceiveAsync(new byte[100], Cancellation) > 0);
        _time.Advance(TlsTermination.Patience);
        await AssertRefusedAsync(client, ConnectionRefusal.Handshake);
    }

    [Fact]
    public async Task HelloThatStops_IsCutOff()
    {
        using var client = await ConnectAsync();
        await client.SendAsync((await CapturedHelloAsync()).AsMemory(0, 20), Cancellation);
        await AdvancedUntilRefusedAsync(client, ConnectionRefusal.ForeignTls);
    }

    [Fact]
    public async Task Silence_IsCutOff()
    {
        using var client = await ConnectAsync();
        await AdvancedUntilRefusedAsync(client, ConnectionRefusal.Silent);
    }

    [Fact]
    public async Task NoClientCertificate_IsRefused()
    {
        await AssertRefusedAsync(null);
        await CountedAsync(ConnectionRefusal.PeerIdentity);
    }

    [Theory]
    [InlineData("another anchor")]
    [InlineData("another trust domain")]
    [InlineData("expired")]
    [InlineData("an issuer that has ended")]
    [InlineData("no workload")]
    [InlineData("two workloads")]
    [InlineData("not for clients")]
    [InlineData("an anchor of the same name")]
    public async Task CertificateThatIsNotToBeBelieved_IsRefused(string what)
    {
        var authority = what switch
        {
            "another anchor" => new TestAuthority("another"),
            "an anchor of the same name" => new TestAuthority(),
            "an issuer that has ended" => _mesh!.Authority.Ended(),
            _ => _mesh!.Authority,
        };
        var id = TestAuthority.IdOf(SecuredMesh.Client).ToString();
        using var certificate = what switch
        {
            "another anchor" or "an anchor of the same name" or "an issuer that has ended" => authority.Issue([id]),
            "another trust domain" => authority.Issue(["spiffe://elsewhere/ns/shop/sa/frontend"]),
            "expired" => authority.Issue([id], ended: TimeSpan.FromMinutes(1)),
            "no workload" => authority.Issue(["spiffe://cluster.local/agent"]),
            "two workloads" => authority.Issue([id, TestAuthority.IdOf("shop/payments").ToString()]),
            _ => authority.Issue([id], usages: [new("1.3.6.1.5.5.7.3.1")]),
        };
        await AssertRefusedAsync(certificate, authority);
        await CountedAsync(ConnectionRefusal.PeerIdentity);
        Assert.Equal(0, _requests);
    }

    // An issuer, or whoever has its key, is revoked by a rotation of the anchor that it stands on.
    [Fact]
    public async Task IssuerOfAnAnchorThatWasDropped_IsRefused()
    {
        var old = _mesh!.Authority;
        using var certificate = old.Issue([TestAuthority.IdOf(SecuredMesh.Client).ToString()]);
        using (var http = _mesh.NewClient()) Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/", UriKind.Relative), Cancellation)).StatusCode);

        _mesh.ServerStore.Replace(new TestAuthority().CredentialsOf(SecuredMesh.Server));

        await AssertRefusedAsync(certificate, old);
        await CountedAsync(ConnectionRefusal.PeerIdentity);
        Assert.Equal(1, _requests);
    }

    [Fact]
    public async Task OlderTls_IsRefused()
    {
        using var client = await ConnectAsync();
        using var certificate = _mesh!.Authority.Issue([TestAuthority.IdOf(SecuredMesh.Client).ToString()]);
        await using var tls = new SslStream(new NetworkStream(client), leaveInnerStreamOpen: false, BelieveAnyone);
        var options = Options(certificate);
        options.EnabledSslProtocols = SslProtocols.Tls12;
        await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(options, Cancellation));
        await CountedAsync(ConnectionRefusal.Handshake);
    }

    public static TheoryData<string> Claims =>
    [
        "mesh-client-id: spiffe://cluster.local/ns/shop/sa/admin",
        "MESH-CLIENT-ID: admin\r\nMesh-Client-Id: admin\r\nmesh-client-id: admin",
        "Mesh_Client_Id: admin\r\nmesh_client-id: admin",
        "mesh-anything: admin\r\nMESH-: admin",
        "x-forwarded-client-cert: By=admin\r\nX-Forwarded-Client-Cert: By=admin\r\nX-FORWARDED-CLIENT-CERT: By=admin",
        "X_Forwarded_Client_Cert: By=admin\r\nx_forwarded-client-cert: By=admin",
        "Connection: mesh-client-id, X-Forwarded-Client-Cert\r\nmesh-client-id: admin\r\nx-forwarded-client-cert: By=admin",
        "Connection: mesh-client-id\r\nConnection: MESH-CLIENT-ID\r\nMesh-Client-Id: admin",
        "Transfer-Encoding: chunked\r\nTrailer: mesh-client-id\r\n\r\n0\r\nmesh-client-id: admin\r\nx-forwarded-client-cert: By=admin",
    ];

    [Theory, MemberData(nameof(Claims))]
    public async Task FieldsThatClaimAnIdentity_ComeThroughFromNobodyVerified(string fields)
    {
        using var certificate = _mesh!.Authority.Issue([TestAuthority.IdOf(SecuredMesh.Client).ToString()]);
        using var socket = await ConnectAsync();
        await using var tls = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false, BelieveAnyone);
        await tls.AuthenticateAsClientAsync(Options(certificate, "http/1.1"), Cancellation);

        Assert.Equal("mesh-client-id=spiffe://cluster.local/ns/shop/sa/frontend", await AskedAsync(tls, fields));
    }

    [Theory, MemberData(nameof(Claims))]
    public async Task FieldsThatClaimAnIdentity_ComeThroughNoSidecarOfTheirOwn(string fields)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_mesh!.Port, Cancellation);

        Assert.Equal("mesh-client-id=spiffe://cluster.local/ns/shop/sa/frontend", await AskedAsync(client.GetStream(), fields));
    }

    [Theory, MemberData(nameof(Claims))]
    public async Task FieldsThatClaimAnIdentity_ComeThroughFromNobodyInTheClear(string fields)
    {
        _mesh!.Workload.Set(new() { Version = 2, Mtls = MtlsMode.Permissive });
        using var client = await ConnectAsync();

        Assert.Equal("", await AskedAsync(new NetworkStream(client), fields));
    }

    [Fact]
    public async Task CertificateThatEnds_TakesNoMoreRequestsOnItsConnection()
    {
        using var certificate = _mesh!.Authority.Issue([TestAuthority.IdOf(SecuredMesh.Client).ToString()]);
        using var socket = await ConnectAsync();
        await using var tls = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false, BelieveAnyone);
        await tls.AuthenticateAsClientAsync(Options(certificate), Cancellation);
        await tls.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), Cancellation);
        await tls.WriteAsync(new byte[] { 0, 0, 0, RawHttp2.Settings, 0, 0, 0, 0, 0 }, Cancellation);
        Assert.Equal(RawHttp2.Settings, await NextFrameAsync(tls));

        _time.Advance(new DateTimeOffset(certificate.NotAfter) - _time.GetUtcNow());

        byte frame;
        do frame = await NextFrameAsync(tls);
        while (frame is not RawHttp2.GoAway);
    }

    [Fact]
    public async Task CertificateThatEnds_TakesNoMoreChannels()
    {
        using var certificate = _mesh!.Authority.Issue([TestAuthority.IdOf(SecuredMesh.Client).ToString()]);
        using var socket = await ConnectAsync();
        await using var tls = await ChannelsAsync(socket, certificate);
        await tls.WriteAsync(OnChannel(1, Request), Cancellation);
        Assert.Equal(FrameKind.Data, (await NextOfChannelsAsync(tls)).Kind);

        _time.Advance(new DateTimeOffset(certificate.NotAfter) - _time.GetUtcNow());
        await tls.WriteAsync(OnChannel(2, Request), Cancellation);

        Frame frame;
        do frame = await NextOfChannelsAsync(tls);
        while (frame.Channel is 1);
        Assert.Equal(new Frame(FrameKind.Refuse, 2, 0), frame);
        Assert.Equal(1, _requests);
    }

    [Fact]
    public async Task ConnectionWithoutChannels_IsCutOff()
    {
        using var certificate = _mesh!.Authority.Issue([TestAuthority.IdOf(SecuredMesh.Client).ToString()]);
        using var socket = await ConnectAsync();
        await using var tls = await ChannelsAsync(socket, certificate);

        var ended = tls.ReadAsync(new byte[1], Cancellation).AsTask();
        await Condition.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            return ended.IsCompleted;
        });
        await Condition.HoldsAsync(() => _mesh.ServerProxy.PortOf("inbound").OpenConnections is 0);
    }

    [Theory, MemberData(nameof(Claims))]
    public async Task FieldsThatClaimAnIdentity_ComeThroughOnNoChannel(string fields)
    {
        using var certificate = _mesh!.Authority.Issue([TestAuthority.IdOf(SecuredMesh.Client).ToString()]);
        using var socket = await ConnectAsync();
        await using var tls = await ChannelsAsync(socket, certificate);
        await tls.WriteAsync(OnChannel(1, Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: catalog\r\n{fields}\r\n\r\n")), Cancellation);

        var head = new byte[Frame.HeadLength];
        await tls.ReadExactlyAsync(head, Cancellation);
        var answer = new byte[Frame.Read(head).Value];
        await tls.ReadExactlyAsync(answer, Cancellation);
        Assert.Contains("<<mesh-client-id=spiffe://cluster.local/ns/shop/sa/frontend>>", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UntilTheOperatorHasSaidWhatHolds_NobodyIsLetIn()
    {
        _mesh!.Workload.Set(new());
        // A reset may come before the client knows that it is connected.
        await Assert.ThrowsAnyAsync<SocketException>(async () =>
        {
            using var client = await ConnectAsync();
            await client.ReceiveAsync(new byte[1], Cancellation);
        });
        await CountedAsync(ConnectionRefusal.NotReady);
        _mesh.Workload.Set(new() { Version = 2, Mtls = MtlsMode.Strict });
        using var http = _mesh.NewClient();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/", UriKind.Relative), Cancellation)).StatusCode);
    }

    [Theory]
    [InlineData(MtlsMode.Permissive)]
    [InlineData(MtlsMode.MtlsOff)]
    public async Task PlaintextWhereItMayCome_ArrivesWithoutIdentity(MtlsMode mode)
    {
        _mesh!.Workload.Set(new() { Version = 2, Mtls = mode });
        using var client = TestProxy.NewClient(_mesh.Inbound);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("mesh-client-id", "spiffe://cluster.local/ns/shop/sa/admin");
        using var answer = await client.SendAsync(request, Cancellation);
        Assert.Equal("<<>>", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    // What of its fields has come to the application.
    private static async Task<string> AskedAsync(Stream stream, string fields)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: catalog\r\nConnection: close\r\n{fields}\r\n\r\n"), Cancellation);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(Cancellation);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        return answer[(answer.IndexOf("<<", StringComparison.Ordinal) + 2)..answer.IndexOf(">>", StringComparison.Ordinal)];
    }

    private static async Task<byte> NextFrameAsync(SslStream tls)
    {
        var head = new byte[9];
        await tls.ReadExactlyAsync(head, Cancellation);
        await tls.ReadExactlyAsync(new byte[head[0] << 16 | head[1] << 8 | head[2]], Cancellation);
        return head[3];
    }

    private static byte[] OnChannel(uint channel, byte[] data)
    {
        var head = new byte[Frame.HeadLength];
        new Frame(FrameKind.Data, channel, data.Length).Write(head);
        return [.. head, .. data];
    }

    private static async Task<Frame> NextOfChannelsAsync(SslStream tls)
    {
        var head = new byte[Frame.HeadLength];
        await tls.ReadExactlyAsync(head, Cancellation);
        var frame = Frame.Read(head);
        if (frame.Kind is FrameKind.Data) await tls.ReadExactlyAsync(new byte[frame.Value], Cancellation);
        return frame;
    }

    private static bool IsClaim(KeyValuePair<string, StringValues> field) =>
        field.Key.Contains("mesh", StringComparison.OrdinalIgnoreCase) || field.Key.Contains("cert", StringComparison.OrdinalIgnoreCase) || field.Value.ToString().Contains("admin", StringComparison.Ordinal);

    // It is not for the attacker to doubt the server.
    private static bool BelieveAnyone(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => certificate is not null;

    private SslClientAuthenticationOptions Options(X509Certificate2? certificate, string protocol = "h2", TestAuthority? authority = null) => new()
    {
        TargetHost = "127.0.0.1",
        ApplicationProtocols = [new(protocol), new("mesh.io")],
        ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, [(authority ?? _mesh!.Authority).Issuer], offline: true),
        EnabledSslProtocols = SslProtocols.Tls13,
    };

    private async Task<SslStream> ChannelsAsync(Socket socket, X509Certificate2 certificate)
    {
        var tls = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false, BelieveAnyone);
        await tls.AuthenticateAsClientAsync(Options(certificate, MeshProtocols.Channels), Cancellation);
        Assert.Equal(MeshAlpn.Channels, tls.NegotiatedApplicationProtocol);
        return tls;
    }

    /// <summary>What a sidecar begins with.</summary>
    private async Task<byte[]> CapturedHelloAsync()
    {
        using var recorded = new Listening.RecordingStream();
        await using var tls = new SslStream(recorded);
        await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(Options(null), Cancellation));
        // Nothing after it: what a client says once it has given up is no part of a handshake.
        var written = recorded.ToArray();
        return written[..(5 + (written[3] << 8 | written[4]))];
    }

    private async Task<Socket> ConnectAsync()
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(_mesh!.Inbound, Cancellation);
        return client;
    }

    // In TLS 1.3 a client has done its part before the server has looked at its certificate: the refusal comes with the first read.
    private async Task AssertRefusedAsync(X509Certificate2? certificate, TestAuthority? authority = null)
    {
        using var client = await ConnectAsync();
        await using var tls = new SslStream(new NetworkStream(client), leaveInnerStreamOpen: false, BelieveAnyone);
        var options = Options(certificate, authority: authority);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await tls.AuthenticateAsClientAsync(options, Cancellation);
            if (await tls.ReadAsync(new byte[100], Cancellation) is 0) throw new IOException("closed");
        });
    }

    private async Task AssertRefusedAsync(Socket client, ConnectionRefusal refusal)
    {
        var buffer = new byte[4096];
        try
        {
            while (await client.ReceiveAsync(buffer, Cancellation) > 0)
            {
                // The server's part of the handshake.
            }
        }
        catch (SocketException)
        {
            // Reset.
        }
        await CountedAsync(refusal);
        Assert.Equal(0, _requests);
    }

    private async Task AdvancedUntilRefusedAsync(Socket client, ConnectionRefusal refusal)
    {
        await Condition.HoldsAsync(() =>
        {
            _time.Advance(HelloPeek.Patience);
            return _mesh!.Refused(refusal) > 0;
        });
        await AssertRefusedAsync(client, refusal);
    }

    private Task CountedAsync(ConnectionRefusal refusal) => Condition.HoldsAsync(() => _mesh!.Refused(refusal) == 1);
}
