using System.Collections.Concurrent;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Forwarding;

/// <summary>What a route says of its connections.</summary>
internal sealed class RecordedTcpMetrics : ITcpMetrics, IDisposable
{
    private readonly SemaphoreSlim _ended = new(0);
    private long _sent;
    private long _received;
    private int _opened;
    private int _timeouts;

    public ConcurrentQueue<string> Ends { get; } = new();

    public ConcurrentQueue<string> ServerNames { get; } = new();

    public long SentBytes => Interlocked.Read(ref _sent);

    public long ReceivedBytes => Interlocked.Read(ref _received);

    public int OpenedConnections => Volatile.Read(ref _opened);

    public int DetectionTimeouts => Volatile.Read(ref _timeouts);

    /// <summary>How the next connection to end has ended: <c>tcp Closed</c>, or the error.</summary>
    public async Task<string> EndAsync()
    {
        await _ended.WaitAsync(TestContext.Current.CancellationToken);
        return Ends.TryDequeue(out var end) ? end : "";
    }

    public void Dispose() => _ended.Dispose();

    public void Opened() => Interlocked.Increment(ref _opened);

    public void Closed(string protocol, RelayEnd? end, MeshErrorCode? error)
    {
        Ends.Enqueue($"{protocol} {end?.ToString() ?? error.ToString()}");
        _ended.Release();
    }

    public void Sent(int bytes) => Interlocked.Add(ref _sent, bytes);

    public void Received(int bytes) => Interlocked.Add(ref _received, bytes);

    public void TimedOutDetecting() => Interlocked.Increment(ref _timeouts);

    public void SawServerName(string serverName) => ServerNames.Enqueue(serverName);
}
