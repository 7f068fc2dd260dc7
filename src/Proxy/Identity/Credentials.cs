using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Api.Identity;

namespace Mesh.Proxy.Identity;

/// <summary>
/// What this proxy proves itself with and whom it believes: one certificate with its key, and the trust anchors. Immutable; a renewal
/// or a rotation makes another. TLS sessions are resumed as long as the certificate is the same; the peer's is verified again each time,
/// against the anchors and the time of now.
/// </summary>
internal sealed class Credentials
{
    // Only the mesh's own authority makes more of them, and renews one in weeks.
    private const int MostIssuers = 64;

    private static readonly List<SslApplicationProtocol> Terminated = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11, MeshAlpn.Tcp, MeshAlpn.Channels];

    private readonly Lock _learning = new();
    private readonly SslStreamCertificateContext _context;
    private readonly IReadOnlyList<X509Certificate2> _intermediates;
    private readonly TimeProvider _clock;

    // A resumed session brings the peer's own certificate only: what leads from it to an anchor is known from when the session began.
    private volatile X509Certificate2[] _issuers;

    /// <param name="certificate">With its key.</param>
    /// <param name="intermediates">What leads from it to an anchor.</param>
    /// <param name="trust">Whom it believes.</param>
    /// <param name="renewAt">When the next is to be asked for.</param>
    /// <param name="clock">What certificates' times are compared with.</param>
    /// <exception cref="CryptographicException">The certificate names no workload.</exception>
    public Credentials(X509Certificate2 certificate, IReadOnlyList<X509Certificate2> intermediates, TrustBundle trust, DateTimeOffset renewAt, TimeProvider clock)
    {
        (Certificate, _intermediates, Trust, RenewAt, _clock) = (certificate, intermediates, trust, renewAt, clock);
        Id = WorkloadCertificate.TryReadId(certificate, out var id) ? id : throw new CryptographicException("found a certificate that names no workload, or more than one");
        _context = SslStreamCertificateContext.Create(certificate, [.. intermediates], offline: true);
        _issuers = [.. intermediates];
    }

    /// <summary>Who this proxy's pod is.</summary>
    public SpiffeId Id { get; }

    public X509Certificate2 Certificate { get; }

    public TrustBundle Trust { get; }

    public DateTimeOffset RenewAt { get; }

    /// <summary>When the certificate ends.</summary>
    public DateTimeOffset Ends => Certificate.NotAfter.ToUniversalTime();

    /// <summary>The same certificate, others believed.</summary>
    public Credentials Trusting(TrustBundle trust) => new(Certificate, _intermediates, trust, RenewAt, _clock) { _issuers = _issuers };

    /// <summary>Proves this proxy to a server, which has to be who it is expected to be.</summary>
    /// <param name="plain">The connection; the answer owns it.</param>
    /// <param name="address">The server's address: what sessions are remembered by.</param>
    /// <param name="protocols">Offered.</param>
    /// <param name="expected">Whom discovery says the server to be.</param>
    /// <param name="cancellationToken">Ends the handshake.</param>
    /// <exception cref="PeerRefusedException">It is someone else, or nobody that can be believed.</exception>
    /// <exception cref="AuthenticationException">It would not speak TLS as the mesh does.</exception>
    public async Task<SslStream> ConnectAsync(Stream plain, IPEndPoint address, List<SslApplicationProtocol> protocols, SpiffeId expected, CancellationToken cancellationToken)
    {
        var check = new PeerCheck(this, expected);
        var secured = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await secured.AuthenticateAsClientAsync(ClientOptions(SessionName(address), protocols, check), cancellationToken);
            // A server that speaks TLS and not the mesh's has chosen nothing.
            if (secured.NegotiatedApplicationProtocol != protocols[0]) throw new AuthenticationException("the server is no sidecar: it chose none of the mesh's protocols");
            return secured;
        }
        catch (Exception failure)
        {
            await secured.DisposeAsync();
            if (check.Refusal is { } refusal) throw new PeerRefusedException(refusal, failure);
            throw;
        }
    }

    /// <summary>Has a client prove itself.</summary>
    /// <param name="plain">The connection, its ClientHello unread; the answer owns it.</param>
    /// <param name="cancellationToken">Ends the handshake.</param>
    /// <exception cref="PeerRefusedException">It is nobody that can be believed.</exception>
    /// <exception cref="AuthenticationException">It would not speak TLS as the mesh does.</exception>
    public async Task<SecuredStream> AcceptAsync(Stream plain, CancellationToken cancellationToken)
    {
        var check = new PeerCheck(this, expected: null);
        var secured = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await secured.AuthenticateAsServerAsync(ServerOptions(check), cancellationToken);
            if (!Terminated.Contains(secured.NegotiatedApplicationProtocol)) throw new AuthenticationException("the client offered none of the mesh's protocols");
            return new(secured, new(check.Id!) { Until = check.Ends < Ends ? check.Ends : Ends });
        }
        catch (Exception failure)
        {
            await secured.DisposeAsync();
            if (check.Refusal is { } refusal) throw new PeerRefusedException(refusal, failure);
            throw;
        }
    }

    /// <summary>For a client that does its own TLS: who this proxy is, and that the server must be one workload.</summary>
    public SslClientAuthenticationOptions ClientOptionsFor(SpiffeId expected)
    {
        var options = ClientOptions(name: null, protocols: null, new(this, expected));
        // The framework's HTTP client names the server and the protocols itself.
        options.EnabledSslProtocols = SslProtocols.None;
        return options;
    }

    /// <summary>Remembers what leads from a peer that was verified to an anchor.</summary>
    internal void Learn(X509Chain chain)
    {
        foreach (var issuer in chain.ChainElements.Skip(1).SkipLast(1).Select(element => element.Certificate))
        {
            if (_issuers.Any(known => known.RawDataMemory.Span.SequenceEqual(issuer.RawDataMemory.Span))) continue;
            lock (_learning)
            {
                // Its own copy: the chain's ends with the handshake.
                if (_issuers.Length < MostIssuers) _issuers = [.. _issuers, X509CertificateLoader.LoadCertificate(issuer.RawData)];
            }
        }
    }

    // By a name: the framework remembers no session of an address. The server, which reads it (SNI), knows its own address.
    private static string SessionName(IPEndPoint address) => $"ip{Convert.ToHexStringLower(address.Address.GetAddressBytes())}-{address.Port}.mesh.io";

    private SslClientAuthenticationOptions ClientOptions(string? name, List<SslApplicationProtocol>? protocols, PeerCheck check) => new()
    {
        TargetHost = name,
        ApplicationProtocols = protocols,
        ClientCertificateContext = _context,
        EnabledSslProtocols = SslProtocols.Tls13,
        CertificateChainPolicy = ChainPolicy(WorkloadCertificate.ServerAuthentication),
        RemoteCertificateValidationCallback = check.Validate,
    };

    private SslServerAuthenticationOptions ServerOptions(PeerCheck check) => new()
    {
        ServerCertificateContext = _context,
        ClientCertificateRequired = true,
        ApplicationProtocols = Terminated,
        EnabledSslProtocols = SslProtocols.Tls13,
        CertificateChainPolicy = ChainPolicy(WorkloadCertificate.ClientAuthentication),
        RemoteCertificateValidationCallback = check.Validate,
    };

    private X509ChainPolicy ChainPolicy(Oid usage)
    {
        var policy = WorkloadCertificate.ChainPolicy(Trust.Collection, usage);
        policy.ExtraStore.AddRange(_issuers);
        policy.VerificationTime = _clock.GetUtcNow().UtcDateTime;
        return policy;
    }
}
