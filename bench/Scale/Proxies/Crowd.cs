using System.Diagnostics;
using System.Net;
using Mesh.Scale.Cluster;
using Mesh.Scale.Measuring;

namespace Mesh.Scale.Proxies;

/// <summary>All simulated proxies. They come back the moment they can, all of them at once: real ones spread themselves.</summary>
internal sealed class Crowd : IAsyncDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    private readonly IReadOnlyList<SimulatedProxy> _proxies;
    private readonly IReadOnlyList<DiscoveryConnection> _connections;
    private readonly ChangeLags _lags;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<double> _served = [];
    private readonly Lock _gate = new();
    private Task _running = Task.CompletedTask;
    private TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _allServed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _openedAt;
    private long _received;
    private long _sent;
    private long _wholes;
    private long _deltas;
    private int _brokenDeltas;

    public Crowd(SimulatedCluster cluster, IPEndPoint discovery, int streamsPerConnection, ChangeLags lags, TimeProvider time)
    {
        (_lags, _time) = (lags, time);
        _proxies = [.. Enumerable.Range(0, cluster.Size.Proxies).Select(i => new SimulatedProxy(cluster.HomeOf(i), cluster.PodOf(i), cluster.CallsOf(i), this))];
        foreach (var service in _proxies.SelectMany(proxy => proxy.Subscriptions).Select(subscription => subscription.Service)) service?.AddCaller();
        _connections = [.. _proxies.Chunk(streamsPerConnection).Select(chunk => new DiscoveryConnection(discovery, chunk, this))];
    }

    public Traffic Traffic => new(Interlocked.Read(ref _received), Interlocked.Read(ref _sent), Interlocked.Read(ref _wholes), Interlocked.Read(ref _deltas));

    /// <summary>Deltas to another version than the proxy had: there must be none.</summary>
    public int BrokenDeltas => _brokenDeltas;

    public int Connections => _connections.Count;

    /// <summary>Has everyone connect at this moment; <see cref="AllServedAsync"/> tells when all know what they subscribe to.</summary>
    public void LetGo()
    {
        ExpectAll();
        _open.TrySetResult();
        if (_running.IsCompleted) _running = Task.WhenAll(_connections.Select(connection => Task.Run(() => KeepAsync(connection), CancellationToken.None)));
    }

    /// <summary>Counts anew who is served, from this moment.</summary>
    public void ExpectAll()
    {
        lock (_gate)
        {
            _served.Clear();
            _openedAt = Stopwatch.GetTimestamp();
            _allServed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Whoever loses its connection from now on waits.</summary>
    public void HoldBack() => _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The times, in seconds, after which the proxies were served.</summary>
    public async Task<Quantiles> AllServedAsync(TimeSpan patience, CancellationToken stop)
    {
        await Task.WhenAny(_allServed.Task, Task.Delay(patience, _time, stop));
        lock (_gate) return Quantiles.Of(_served);
    }

    /// <summary>A connection ends, and comes back as that of another pod.</summary>
    public void Replace(int connection) => _connections[connection].Replace();

    /// <summary>Services that not all callers have the same version of; there must be none once all is quiet.</summary>
    public int Disagreements() =>
        _proxies.SelectMany(proxy => proxy.Subscriptions).Where(subscription => subscription.Service is not null)
            .GroupBy(subscription => subscription.Service).Count(callers => callers.Select(subscription => subscription.Version).Distinct().Count() > 1);

    public void Served(long timestamp)
    {
        lock (_gate)
        {
            _served.Add(Stopwatch.GetElapsedTime(_openedAt, timestamp).TotalSeconds);
            if (_served.Count == _proxies.Count) _allServed.TrySetResult();
        }
    }

    public void Acknowledged(SimulatedSubscription subscription, uint newest) => subscription.Service?.Acknowledged(subscription.Newest, newest, Stopwatch.GetTimestamp(), _lags);

    public void FoundBrokenDelta() => Interlocked.Increment(ref _brokenDeltas);

    public void Updated(bool isDelta) => Interlocked.Increment(ref isDelta ? ref _deltas : ref _wholes);

    public void Received(int bytes) => Interlocked.Add(ref _received, bytes);

    public void Sent(int bytes) => Interlocked.Add(ref _sent, bytes);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task KeepAsync(DiscoveryConnection connection)
    {
        while (true)
        {
            await _open.Task.WaitAsync(_stop.Token);
            var since = _time.GetTimestamp();
            await connection.RunAsync(_stop.Token);
            // Refused rather than lost: the operator is busy, or not there yet.
            if (_time.GetElapsedTime(since) < Retry) await Task.Delay(Retry, _time, _stop.Token);
        }
    }
}
