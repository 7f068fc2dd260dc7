using System.Diagnostics;
using System.Net;
using Mesh.Bench.Measuring;
using Mesh.Rig;

namespace Mesh.Bench.Load;

/// <summary>
/// HTTP/1.1 requests at a constant rate, whatever becomes of them. A latency counts from when its request was due: one that waits
/// for a free connection, or for this program, is not left out (coordinated omission). h2load --rps counts from when it sends.
/// </summary>
/// <remarks>One thread that waits on all connections at once, so that a request costs the load little more than its two system calls.</remarks>
internal sealed class ConstantRate : IDisposable
{
    private const int Connections = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly List<RatedConnection> _connections;
    private readonly Stack<RatedConnection> _idle;
    private readonly double _ticksPerRequest;
    private readonly long _count;
    private readonly Latencies _latencies;

    private ConstantRate(IPEndPoint address, double perSecond, TimeSpan length)
    {
        _connections = [.. Enumerable.Range(0, Connections).Select(_ => new RatedConnection(address))];
        _idle = new(_connections);
        _ticksPerRequest = Stopwatch.Frequency / perSecond;
        _count = (long)(perSecond * length.TotalSeconds);
        _latencies = new((int)_count);
    }

    public static Task<Latencies> RunAsync(IPEndPoint address, double perSecond, TimeSpan length, CancellationToken stop) =>
        Task.Factory.StartNew(() =>
        {
            using var load = new ConstantRate(address, perSecond, length);
            return load.Run(stop);
        }, stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose() => _connections.ForEach(connection => connection.Dispose());

    private Latencies Run(CancellationToken stop)
    {
        var poller = new Poller(_connections.Select(connection => connection.Socket));
        var start = Stopwatch.GetTimestamp();
        for (var sent = 0L; _latencies.Count < _count; stop.ThrowIfCancellationRequested())
        {
            for (; sent < _count && _idle.Count > 0 && DueAt(sent) <= Stopwatch.GetTimestamp(); sent++) _idle.Pop().Send(DueAt(sent));
            poller.Wait(sent < _count && _idle.Count > 0 ? Until(DueAt(sent)) : Patience);
            if (ReceiveAll(poller) is 0 && (sent == _count || _idle.Count is 0)) throw new RigFailedException($"no answer for {Patience.TotalSeconds:0} s");
        }
        return _latencies;

        long DueAt(long request) => start + (long)(request * _ticksPerRequest);
    }

    private static TimeSpan Until(long timestamp)
    {
        var rest = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), timestamp);
        return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
    }

    /// <returns>How many connections had something.</returns>
    private int ReceiveAll(Poller poller)
    {
        var readable = 0;
        for (var i = 0; i < Connections; i++)
        {
            if (!poller.IsReadable(i)) continue;
            readable++;
            if (!_connections[i].TryReceive(out var latency)) continue;
            _latencies.Add(latency);
            _idle.Push(_connections[i]);
        }
        return readable;
    }
}
