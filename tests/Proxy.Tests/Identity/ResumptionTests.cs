using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Sockets;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Identity;

/// <summary>A second connection between two sidecars goes on with the first one's session, for as long as what was verified then holds.</summary>
public sealed class ResumptionTests
{
    private const string Client = "shop/frontend", Server = "shop/catalog";

    // Sessions are remembered by the address that was dialled.
    private static readonly IPEndPoint Address = new(IPAddress.Parse("10.0.0.7"), 8080);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly TestAuthority _authority = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SecondConnection_IsResumed_AndItsPeersAreKnown()
    {
        var (client, server) = (_authority.CredentialsOf(Client), _authority.CredentialsOf(Server));

        Assert.False(await ConnectAsync(client, server));
        for (var i = 0; i < 3; i++) Assert.True(await ConnectAsync(client, server));
    }

    // As while issuers are renewed: what leads from a peer to the anchor is not what leads from this side to it.
    [Fact]
    public async Task PeerOfAnotherIssuer_IsResumedLikewise()
    {
        var other = new TestAuthority("other");
        var both = TrustBundle.OfDer([_authority.Anchor.RawDataMemory, other.Anchor.RawDataMemory]);
        var (client, server) = (_authority.CredentialsOf(Client, both), other.CredentialsOf(Server, both));

        Assert.False(await ConnectAsync(client, server));
        Assert.True(await ConnectAsync(client, server));
    }

    [Fact]
    public async Task NewCertificate_OfEitherSide_IsShown()
    {
        var (client, server) = (_authority.CredentialsOf(Client), _authority.CredentialsOf(Server));
        await ConnectAsync(client, server);

        Assert.False(await ConnectAsync(_authority.CredentialsOf(Client), server));
        Assert.False(await ConnectAsync(client, _authority.CredentialsOf(Server)));
    }

    [Fact]
    public async Task OtherAnchors_OfEitherSide_HaveThePeerVerifiedAnew()
    {
        var next = new TestAuthority("next");
        var both = TrustBundle.OfDer([_authority.Anchor.RawDataMemory, next.Anchor.RawDataMemory]);
        var (client, server) = (_authority.CredentialsOf(Client), _authority.CredentialsOf(Server));
        await ConnectAsync(client, server);

        await ConnectAsync(client, server.Trusting(both));
        await ConnectAsync(client.Trusting(both), server);
        await Assert.ThrowsAsync<PeerRefusedException>(() => ConnectAsync(client, server.Trusting(next.Trust)));
        await Assert.ThrowsAsync<PeerRefusedException>(() => ConnectAsync(client.Trusting(next.Trust), server));
    }

    [Fact]
    public async Task SessionOfACertificateThatHasEnded_IsRefused()
    {
        var (client, server) = (_authority.CredentialsOf(Client), _authority.CredentialsOf(Server, time: _time));
        await ConnectAsync(client, server);
        Assert.True(await ConnectAsync(client, server));

        _time.Advance(client.Ends - _time.GetUtcNow());

        await Assert.ThrowsAsync<PeerRefusedException>(() => ConnectAsync(client, server));
    }

    /// <returns>Whether the server went on with a session that the client remembered.</returns>
    private static async Task<bool> ConnectAsync(Credentials client, Credentials server)
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var near = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await near.ConnectAsync(listener.LocalEndPoint!, Cancellation);
        using var far = await listener.AcceptAsync(Cancellation);
        var heard = new Heard(new NetworkStream(near));
        var serving = ServeAsync(server, far);
        try
        {
            await using var tls = await client.ConnectAsync(heard, Address, MeshAlpn.OfTcp, TestAuthority.IdOf(Server), Cancellation);
            // The session's ticket comes after the handshake, before the first byte.
            await tls.ReadExactlyAsync(new byte[1], Cancellation);
        }
        catch (IOException failure) when (failure is not PeerRefusedException)
        {
            // The server has the reason.
        }
        catch (PeerRefusedException)
        {
            near.Close();
            await serving.ContinueWith(static _ => { }, Cancellation, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }
        await serving;
        return heard.IsResumed;
    }

    private static async Task ServeAsync(Credentials server, Socket socket)
    {
        var secured = await server.AcceptAsync(new NetworkStream(socket, ownsSocket: true), Cancellation);
        await using var tls = secured.Tls;
        Assert.Equal(TestAuthority.IdOf(Client), secured.Peer.Id);
        await tls.WriteAsync(new byte[1], Cancellation);
        await tls.ShutdownAsync();
    }

    /// <summary>Keeps the start of what comes: the ServerHello.</summary>
    private sealed class Heard(Stream inner) : AsyncStream
    {
        // RFC 8446 section 4.1.3: record header, handshake header, version, random.
        private const int BeforeSession = 5 + 4 + 2 + 32;

        private const int PreSharedKey = 41;

        private readonly MemoryStream _kept = new();

        /// <summary>Whether the server took a key that was agreed on before (RFC 8446 section 4.2.11).</summary>
        public bool IsResumed
        {
            get
            {
                ReadOnlySpan<byte> hello = _kept.ToArray();
                // The session id that is only echoed, the cipher suite and the compression.
                var rest = hello[(BeforeSession + 1 + hello[BeforeSession] + 2 + 1)..];
                var extensions = rest.Slice(2, BinaryPrimitives.ReadUInt16BigEndian(rest));
                while (extensions.Length > 0)
                {
                    if (BinaryPrimitives.ReadUInt16BigEndian(extensions) is PreSharedKey) return true;
                    extensions = extensions[(4 + BinaryPrimitives.ReadUInt16BigEndian(extensions[2..]))..];
                }
                return false;
            }
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            _kept.Write(buffer.Span[..read]);
            return read;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);
    }
}
