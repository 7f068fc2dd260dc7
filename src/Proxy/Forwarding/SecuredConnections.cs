using System.Net;
using System.Net.Security;
using Mesh.Api.Identity;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// The connections to one endpoint that has a sidecar: mutual TLS, and in it channels for requests of HTTP/1.1
/// (<see cref="KeptConnections"/>), and HTTP/2 for all others, but for upgrades. When this proxy's credentials change, requests
/// from then on take new connections, and the old ones end with the requests on them.
/// </summary>
internal sealed class SecuredConnections(IPEndPoint address, SpiffeId identity, CredentialStore store, Func<TimeSpan> connectTimeout, TimeProvider time) : HttpMessageHandler
{
    private readonly (IPEndPoint Address, SpiffeId Identity, Func<TimeSpan> ConnectTimeout, TimeProvider Time) _peer = (address, identity, connectTimeout, time);
    private readonly Lock _lock = new();
    private volatile Pool? _pool;
    private volatile bool _isDisposed;

    // A connection that is kept needs no count of who is on it, nor the asynchronous method that keeps one.
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // An earlier attempt may have gone over HTTP/2.
        InnerProtocol.Unwrap(request);
        return _pool is { } pool && ReferenceEquals(pool.Credentials, store.Current) && pool.TrySendOnKept(request, cancellationToken) is { } sent
            ? sent
            : SendCountedAsync(request, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendCountedAsync(HttpRequestMessage request, CancellationToken cancellationToken, bool isRepeated = false)
    {
        var pool = Rent();
        try
        {
            return await pool.SendAsync(request, isRepeated, cancellationToken);
        }
        finally
        {
            pool.Return();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _isDisposed = true;
            _pool?.Retire();
        }
        base.Dispose(disposing);
    }

    private Pool Rent()
    {
        while (true)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var credentials = SecuredDial.CredentialsOf(store, address);
            var pool = _pool is { } current && ReferenceEquals(current.Credentials, credentials) ? current : Renew(credentials);
            if (pool.TryRent()) return pool;
        }
    }

    private Pool Renew(Credentials credentials)
    {
        lock (_lock)
        {
            if (_pool is { } current)
            {
                if (ReferenceEquals(current.Credentials, credentials)) return current;
                current.Retire();
            }
            return _pool = new(credentials, this);
        }
    }

    /// <summary>The connections that one set of credentials opened.</summary>
    private sealed class Pool : IDisposable
    {
        // One connection carries many requests: a peer whose node died without a word is found out by asking.
        private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(20);
        private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

        private const int RetiredFlag = 1 << 30;

        private readonly SecuredConnections _owner;
        private readonly HttpMessageInvoker _http2;
        private readonly Lazy<HttpMessageInvoker> _upgrades;
        private readonly KeptConnections _kept;
        private int _state;

        public Pool(Credentials credentials, SecuredConnections owner)
        {
            (Credentials, _owner) = (credentials, owner);
            _http2 = NewInvoker(MeshAlpn.OfHttp2);
            _upgrades = new(() => NewInvoker(MeshAlpn.OfHttp11));
            _kept = new(ConnectKeptAsync, SendOverHttp2Async, (_, request, cancellationToken) => owner.SendCountedAsync(request, cancellationToken, isRepeated: true), owner._peer.Time);
        }

        public Credentials Credentials { get; }

        /// <returns>False where it has been retired meanwhile.</returns>
        public bool TryRent()
        {
            if (Interlocked.Increment(ref _state) < RetiredFlag) return true;
            Return();
            return false;
        }

        public void Return()
        {
            if (Interlocked.Decrement(ref _state) == RetiredFlag) Dispose();
        }

        /// <summary>No request that is counted begins on it from now on; on connections that are kept none that hasn't found it already.</summary>
        public void Retire()
        {
            if (Interlocked.Or(ref _state, RetiredFlag) == 0) Dispose();
        }

        public Task<HttpResponseMessage>? TrySendOnKept(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.Version.Major < 2 && !InnerProtocol.MustStayHttp11(request) ? _kept.TrySend(request, cancellationToken) : null;

        public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, bool isRepeated, CancellationToken cancellationToken)
        {
            if (InnerProtocol.MustStayHttp11(request)) return _upgrades.Value.SendAsync(request, cancellationToken);
            return request.Version.Major < 2 && _kept.TrySendOnNew(request, isRepeated, cancellationToken) is { } sent ? sent : SendOverHttp2Async(request, cancellationToken);
        }

        private Task<HttpResponseMessage> SendOverHttp2Async(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            InnerProtocol.Wrap(request);
            return _http2.SendAsync(request, cancellationToken);
        }

        // Connections with answers under way close after them.
        public void Dispose()
        {
            _http2.Dispose();
            _kept.Dispose();
            if (_upgrades.IsValueCreated) _upgrades.Value.Dispose();
        }

        private ValueTask<SecuredSide> ConnectKeptAsync(EventLoop loop, CancellationToken cancellationToken) =>
            EndpointSocket.ConnectOnAsync(loop, _owner._peer.Address, _owner._peer.ConnectTimeout(), _owner._peer.Time, (socket, stop) =>
            {
                // As over HTTP/2.
                socket.KeepAlive(PingDelay, PingTimeout, probes: 1);
                socket.GiveUpAfter(PingDelay + PingTimeout);
                return SecuredDial.SecureAsync(Credentials, socket, _owner._peer.Address, _owner._peer.Identity, MeshAlpn.OfChannels, stop);
            }, cancellationToken);

        private HttpMessageInvoker NewInvoker(List<SslApplicationProtocol> protocols)
        {
            var sockets = PlainSockets.NewHandler();
            sockets.PooledConnectionIdleTimeout = EndpointSocket.IdleTimeout;
            sockets.KeepAlivePingDelay = PingDelay;
            sockets.KeepAlivePingTimeout = PingTimeout;
            sockets.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
            sockets.ConnectCallback = (_, cancellationToken) => _owner.ConnectAsync(Credentials, protocols, cancellationToken);
            return new(new SentOnceHandler(sockets));
        }
    }

    private ValueTask<Stream> ConnectAsync(Credentials credentials, List<SslApplicationProtocol> protocols, CancellationToken cancellationToken) =>
        EndpointSocket.ConnectAsync(address, connectTimeout(), time, async (plain, stop) =>
        {
            var stream = await SecuredDial.SecureAsync(credentials, plain, address, identity, protocols, stop);
            return ReferenceEquals(protocols, MeshAlpn.OfHttp2) ? new RefusedStreams(stream) : stream;
        }, cancellationToken);
}
