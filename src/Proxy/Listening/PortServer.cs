using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.Listening.Wire;
using Mesh.Proxy.Sockets;
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
    private readonly SocketConnectionContextFactory _connections;
    private readonly KestrelServerOptions _options = NewOptions();
    private readonly KestrelServer _kestrel;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly IDisposable? _leaving;

    // A header that ends in a bare line feed hides a request from a stricter peer: RFC 9112 section 2.2. Kestrel has no option for it.
    static PortServer() => AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);

    /// <param name="ports">What to listen on.</param>
    /// <param name="loops">Who accepts.</param>
    /// <param name="detectTimeout">How long the first bytes of what may be anything are waited for.</param>
    /// <param name="clock">The clock of that wait.</param>
    /// <param name="loggers">Where to say what happens.</param>
    /// <param name="drain">Tells when this proxy is about to go. Default: nothing does.</param>
    public PortServer(IReadOnlyList<Port> ports, EventLoops loops, TimeSpan detectTimeout, TimeProvider clock, ILoggerFactory loggers, Drain? drain = null)
    {
        (_clock, _logger) = (clock, loggers.CreateLogger<PortServer>());
        _connections = new(new(), _logger);
        _acceptors = [.. ports.Select(port => new PortAcceptor(port, loops, _connections, detectTimeout, clock, _logger))];
        _kestrel = new(Options.Create(_options), new PortListenerFactory(), new ScopelessLoggers(loggers));
        _leaving = drain?.OnBegin(() => _acceptors.FindAll(acceptor => acceptor.Port.IsInbound).ForEach(acceptor => acceptor.Leave()));
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var bound = _acceptors.Where(Bind).ToList();
        if (bound.Count is 0) return;
        foreach (var acceptor in bound)
        {
            _options.Listen(new PortEndPoint(acceptor, DetectedProtocol.Http1), listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => new WireGuard(next, _clock).ServeAsync);
            });
            _options.Listen(new PortEndPoint(acceptor, DetectedProtocol.Http2), listen => listen.Protocols = HttpProtocols.Http2);
        }
        await _kestrel.StartAsync(new PortDispatch(), cancellationToken);
        foreach (var acceptor in bound) LogListening(acceptor.Port.Name, acceptor.Port.Bound!.ToString());
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _kestrel.StopAsync(cancellationToken);
        await Task.WhenAll(_acceptors.Select(acceptor => acceptor.DrainAsync(cancellationToken)));
        // What ended last ended on its event loop, where whoever waits here, and may block, must not go on.
        await Task.Yield();
    }

    public async ValueTask DisposeAsync()
    {
        _leaving?.Dispose();
        _kestrel.Dispose();
        foreach (var acceptor in _acceptors) await acceptor.DisposeAsync();
        _connections.Dispose();
        await Task.Yield();
    }

    private bool Bind(PortAcceptor acceptor)
    {
        try
        {
            acceptor.Bind();
            return true;
        }
        catch (SocketException failure)
        {
            if (acceptor.Port.IsOptional && failure.SocketErrorCode is not SocketError.AddressAlreadyInUse)
            {
                LogDoingWithout(acceptor.Port.Name, acceptor.Port.Requested.ToString(), failure.Message);
                return false;
            }
            throw new PortUnavailableException(acceptor.Port, failure);
        }
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
        limits.MaxRequestHeadersTotalSize = RequestHead.LargestHeader;
        limits.MaxRequestLineSize = RequestHead.LongestLine;
        limits.MaxRequestHeaderCount = RequestHead.MostFields;
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

    [LoggerMessage(LogLevel.Information, "not listening for {Port} on {Address}, which this host doesn't have: {Reason}")]
    private partial void LogDoingWithout(string port, string address, string reason);
}
