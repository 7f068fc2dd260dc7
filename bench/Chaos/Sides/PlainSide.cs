using Mesh.Chaos.Fleet;
using Mesh.ChaosService;
using Mesh.Rig.Pods;

namespace Mesh.Chaos.Sides;

/// <summary>
/// A plain sensible client: it keeps connections, goes round the replicas that DNS names (asked anew every five seconds), and
/// tries once, unless a failure says otherwise.
/// </summary>
internal sealed class PlainSide(Machines machines, TimeProvider time) : ISide
{
    private static readonly TimeSpan NamesLive = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private IReadOnlyList<Replica> _published = [];
    private IReadOnlyList<Replica> _seen = [];
    private long _seenAt;
    private uint _next;

    public string Name => "without the mesh";

    public HttpClient Client { get; } = new(new SocketsHttpHandler { UseProxy = false });

    public Task StartAsync(IReadOnlyList<Replica> replicas, CancellationToken stop)
    {
        (_published, _seen, _seenAt) = (replicas, replicas, time.GetTimestamp());
        return Task.CompletedTask;
    }

    public Uri Next(string service)
    {
        var replicas = Look().Where(replica => replica.Service == service).ToList();
        return machines[replicas[(int)(Interlocked.Increment(ref _next) % (uint)replicas.Count)]].Url;
    }

    public Dependency DependencyOf(Replica caller, string service, int tries, TimeSpan patience, bool optional) => new(
        [.. Look().Where(replica => replica.Service == service).Select(replica => machines[replica].Url)], Proxy: null, tries, (int)patience.TotalMilliseconds, optional);

    public int TriesOf(int plain) => plain;

    public Task StartedAsync(Replica replica, CancellationToken stop) => Task.CompletedTask;

    public Task EndedAsync(Replica replica) => Task.CompletedTask;

    public Task KilledAsync(Replica replica) => Task.CompletedTask;

    public Task PublishAsync(IReadOnlyList<Replica> replicas, CancellationToken stop)
    {
        // DNS names no replica that is about to end.
        lock (_gate) _published = [.. replicas.Where(replica => !replica.Terminating)];
        return Task.CompletedTask;
    }

    public Task<string> MetricsAsync(CancellationToken stop) => Task.FromResult("");

    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        return ValueTask.CompletedTask;
    }

    private IReadOnlyList<Replica> Look()
    {
        lock (_gate)
        {
            if (time.GetElapsedTime(_seenAt) > NamesLive) (_seen, _seenAt) = (_published, time.GetTimestamp());
            return _seen;
        }
    }
}
