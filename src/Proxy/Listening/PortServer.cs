using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Listening;

/// <summary>
/// Serves a set of ports, HTTP/1.1 and HTTP/2 in the clear on each. Stopping it accepts no more connections, tells the open
/// ones (<c>Connection: close</c>, GOAWAY) and waits for the requests in flight.
/// </summary>
internal sealed partial class PortServer : IHostedService, IAsyncDisposable
{
    private readonly List<PortAcceptor> _acceptors;
    private readonly KestrelServer _kestrel;
    private readonly ILogger _logger;

    // A header that ends in a bare line feed hides a request from a stricter peer: RFC 9112 section 2.2. Kestrel has no option for it.
    static PortServer() => AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);

    public PortServer(IReadOnlyList<Port> ports, TimeProvider clock, ILoggerFactory loggers)
    {
        _logger = loggers.CreateLogger<PortServer>();
        var sockets = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers);
        _acceptors = [.. ports.Select(port => new PortAcceptor(port, sockets, clock))];
        var options = NewOptions();
        foreach (var acceptor in _acceptors)
        {
            options.Listen(new PortEndPoint(acceptor, DetectedProtocol.Http1), listen => listen.Protocols = HttpProtocols.Http1);
            options.Listen(new PortEndPoint(acceptor, DetectedProtocol.Http2), listen => listen.Protocols = HttpProtocols.Http2);
        }
        _kestrel = new(Options.Create(options), new PortListenerFactory(), loggers);
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_acceptors.Count is 0) return;
        try
        {
            await _kestrel.StartAsync(new PortDispatch(), cancellationToken);
        }
        catch (Exception failure) when (failure is IOException { InnerException: AddressInUseException } or SocketException)
        {
            var failed = _acceptors.First(acceptor => acceptor.Port.Bound is null).Port;
            throw new PortUnavailableException(failed, failure);
        }
        foreach (var acceptor in _acceptors) LogListening(acceptor.Port.Name, acceptor.Port.Bound!.ToString());
    }

    public Task StopAsync(CancellationToken cancellationToken) => _kestrel.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _kestrel.Dispose();
        foreach (var acceptor in _acceptors) await acceptor.DisposeAsync();
    }

    private static KestrelServerOptions NewOptions()
    {
        var options = new KestrelServerOptions
        {
            AddServerHeader = false,
            // A proxy takes the host from an absolute-form target, whatever the Host header says: RFC 9112 section 3.2.2.
            AllowHostHeaderOverride = true,
            // Header bytes pass as they came; what they mean is between client and application.
            RequestHeaderEncodingSelector = static _ => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static _ => Encoding.Latin1,
        };
        var limits = options.Limits;
        // Bodies are bounded by who sends and who reads them, not by what lies between.
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.MaxRequestHeadersTotalSize = 96 * 1024;
        limits.MaxRequestLineSize = 64 * 1024;
        limits.MaxRequestHeaderCount = 512;
        limits.Http2.MaxRequestHeaderFieldSize = 64 * 1024;
        limits.Http2.MaxStreamsPerConnection = 1000;
        // A client that is gone without a word (a node that died) would else hold its streams until the kernel gives it up.
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromMinutes(1);
        // Longer than any client keeps an idle connection, so that it is the client who closes: a server that closes races
        // with the next request.
        limits.KeepAliveTimeout = TimeSpan.FromHours(1);
        return options;
    }

    [LoggerMessage(LogLevel.Information, "listening for {Port} on {Address}")]
    private partial void LogListening(string port, string address);
}
