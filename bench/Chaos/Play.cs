using Mesh.Chaos.Fleet;
using Mesh.Chaos.Sides;
using Mesh.ChaosService;
using Mesh.Rig.Pods;
using Mesh.Rig.Traffic;

namespace Mesh.Chaos;

/// <summary>What a failure can do to the service while its users go on asking.</summary>
internal sealed class Play(Machines machines, ISide side, OpenLoop users, IReadOnlyList<Replica> cast, TimeSpan length, TimeProvider time)
{
    private readonly Dictionary<Replica, long> _arrivedBefore = [];
    private readonly List<string> _notes = [];
    private readonly List<string> _missed = [];

    public ISide Side => side;

    /// <summary>How long the failure is to last.</summary>
    public TimeSpan Length => length;

    public IReadOnlyList<Replica> Cast => cast;

    /// <summary>What the failure has to tell beside the figures.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>What was to be seen and wasn't.</summary>
    public IReadOnlyList<string> Missed => _missed;

    public long Now => time.GetTimestamp();

    public IReadOnlyList<Replica> Of(string service) => [.. cast.Where(replica => replica.Service == service)];

    public Task SwitchAsync(Replica replica, Func<Switches, Switches> change, CancellationToken stop) => machines[replica].SwitchAsync(change, stop);

    public Task SwitchAsync(IEnumerable<Replica> replicas, Func<Switches, Switches> change, CancellationToken stop) =>
        Task.WhenAll(replicas.Select(replica => SwitchAsync(replica, change, stop)));

    /// <summary>The machine that a replica runs on is gone.</summary>
    public Task KillAsync(Replica replica) => Task.WhenAll(machines[replica].KillAsync(), side.KilledAsync(replica));

    /// <summary>A new replica, ready.</summary>
    public async Task StartAsync(Replica replica, CancellationToken stop)
    {
        await machines[replica].StartAsync(stop);
        _arrivedBefore[replica] = machines[replica].Arrivals;
        await side.StartedAsync(replica, stop);
    }

    /// <summary>Kubernetes ends a replica: the application first, then its sidecar.</summary>
    public async Task EndAsync(Replica replica)
    {
        await machines[replica].StopAsync();
        await side.EndedAsync(replica);
    }

    public Replica Another(string service, int application) => machines.ReplicaOf(service, application);

    /// <summary>Begins to count what reaches the replicas.</summary>
    public void CountArrivals()
    {
        foreach (var replica in cast) _arrivedBefore[replica] = machines[replica].Arrivals;
    }

    /// <summary>The requests that have reached a service since.</summary>
    public long Arrived(string service) =>
        _arrivedBefore.Where(before => before.Key.Service == service).Sum(before => machines[before.Key].Arrivals - before.Value);

    /// <summary>Users come so often from now on.</summary>
    public void ComeAtRate(double perSecond) => users.PerSecond = perSecond;

    /// <summary>Lets time pass.</summary>
    /// <exception cref="Rig.RigFailedException">A program ended meanwhile that must not.</exception>
    public async Task PauseAsync(TimeSpan pause, CancellationToken stop)
    {
        if (pause <= TimeSpan.Zero) return;
        if (await Task.WhenAny(Task.Delay(pause, time, stop), machines.Host.Failed) == machines.Host.Failed) throw await machines.Host.Failed;
        stop.ThrowIfCancellationRequested();
    }

    public TimeSpan Since(long timestamp) => time.GetElapsedTime(timestamp);

    public void Note(string note) => _notes.Add(note);

    public void Miss(string what) => _missed.Add(what);
}
