using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Mesh.Proxy.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>Accepts a port's connections and has each received. One that sends nothing holds up no other.</summary>
internal sealed partial class PortAcceptor : IAsyncDisposable
{
    /// <summary>The wait after the process ran out of descriptors.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    // So that those who are connected get their turn when many come at once.
    private const int AcceptedAtATime = 16;

    private readonly EventLoops _loops;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly HttpHandOver _http;
    private readonly Reception _reception;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _starting = new();
    private readonly ConnectionSet _undecided = new();
    private readonly ConnectionSet _relayed = new();
    private ListeningSocket? _listener;
    private Task _accepting = Task.CompletedTask;

    public PortAcceptor(Port port, EventLoops loops, SocketConnectionContextFactory connections, TimeSpan detectTimeout, TimeProvider clock, ILogger logger)
    {
        (Port, _loops, _clock, _logger) = (port, loops, clock, logger);
        _http = new(port, connections);
        _reception = new(port, _http, _undecided, _relayed, new(detectTimeout), clock, logger, _stopping.Token);
    }

    public Port Port { get; }

    /// <summary>Binds the port where that hasn't been done for the port's other protocol.</summary>
    /// <exception cref="SocketException">It can't be had.</exception>
    public IPEndPoint Bind()
    {
        lock (_starting)
        {
            if (_listener is null)
            {
                _listener = ListeningSocket.Bind(Port.Requested);
                Port.Bound = _listener.EndPoint;
                _accepting = Task.WhenAll(_loops.All.Select(loop => AcceptAsync(loop, _listener)));
            }
            return _listener.EndPoint;
        }
    }

    public ChannelReader<ConnectionContext> Connections(DetectedProtocol protocol) => _http.Connections(protocol);

    /// <summary>Asks those who came in to go, and those who still come to go after one request.</summary>
    public void Leave()
    {
        Port.IsLeaving = true;
        _http.RequestClose();
    }

    /// <summary>Accepts no more. Connections already handed over are not touched; those undecided are closed.</summary>
    public async ValueTask UnbindAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener?.Dispose();
        _undecided.Reset();
        _http.Complete();
    }

    /// <summary>Waits for what is relayed to end, and ends it where it doesn't in time.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        await using var _ = cancellationToken.UnsafeRegister(static relayed => ((ConnectionSet)relayed!).Reset(), _relayed);
        await _relayed.WhenEmptyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        _stopping.Dispose();
    }

    private async Task AcceptAsync(EventLoop loop, ListeningSocket listener)
    {
        await loop.SwitchAsync();
        using var queue = listener.AcceptOn(loop);
        await using var _ = _stopping.Token.UnsafeRegister(_ => loop.Post(queue.Dispose), null);
        do
        {
            var accepted = 0;
            int error;
            while (queue.TryAccept(out error) is { } connection)
            {
                Enter(connection);
                if (++accepted % AcceptedAtATime is 0) await loop.YieldAsync();
            }
            if (error is Errno.TooManyDescriptors or Errno.TooManyDescriptorsHere or Errno.NoBuffers) await TakeBreathAsync(loop, error);
            else if (error is not Errno.WouldBlock and not 0) continue;
        }
        while (await queue.ReadyAsync());
    }

    private void Enter(TcpSocket connection)
    {
        if (Port.TryEnter()) _ = _reception.ReceiveAsync(connection);
        else connection.Reset();
    }

    private async Task TakeBreathAsync(EventLoop loop, int error)
    {
        LogOutOfDescriptors(Port.Name, Errno.NewException(-error).Message);
        await Task.Delay(Breath, _clock);
        await loop.SwitchAsync();
    }

    [LoggerMessage(LogLevel.Error, "connections to {Port} wait to be accepted: {Reason}; raise the limit on open files (ulimit -n)")]
    private partial void LogOutOfDescriptors(string port, string reason);
}
