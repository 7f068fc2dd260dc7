using System.Collections.Concurrent;
using Mesh.Api.Authorization;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Inbound.Access;

/// <summary>Who may do what in this pod now, and who is to be asked again when that changes.</summary>
internal sealed class PodAccess : IDisposable
{
    private readonly IWorkloadSource _workload;
    private readonly string _namespace;
    private readonly ConcurrentDictionary<AccessWatch, PodAccess> _watches = new();
    private volatile Built _current;

    public PodAccess(IWorkloadSource workload, LocalProxy proxy)
    {
        (_workload, _namespace) = (workload, proxy.Namespace);
        _current = Build(workload.Current);
        workload.Changed += Reconsider;
    }

    /// <summary>What decides. It is built once for each word of the operator's.</summary>
    public Authorizer Authorizer => _current is var current && ReferenceEquals(current.Workload, _workload.Current) ? current.Authorizer : Refresh();

    /// <summary>Other rules are in force.</summary>
    public event Action<Authorizer>? Changed;

    /// <summary>Has something that lasts decided anew whenever the rules change, until it is disposed.</summary>
    /// <param name="before">The rules that let it in.</param>
    /// <param name="isAllowed">Whether it may go on under these rules.</param>
    /// <param name="end">Ends it. Called once, where it may not.</param>
    public AccessWatch Watch(Authorizer before, Func<Authorizer, bool> isAllowed, Action end)
    {
        var watch = new AccessWatch(isAllowed, end, over => _watches.TryRemove(over, out _));
        _watches.TryAdd(watch, this);
        // What changed since it was let in would be missed else.
        if (Authorizer is var now && !ReferenceEquals(before, now)) watch.Reconsider(now);
        return watch;
    }

    public void Dispose() => _workload.Changed -= Reconsider;

    private Authorizer Refresh()
    {
        var built = Build(_workload.Current);
        _current = built;
        return built.Authorizer;
    }

    private Built Build(Workload workload) => new(workload, workload.Authorization is { } rules ? new(rules, _namespace) : Authorizer.Open);

    private void Reconsider()
    {
        var now = Authorizer;
        Changed?.Invoke(now);
        foreach (var (watch, _) in _watches) watch.Reconsider(now);
    }

    private sealed record Built(Workload Workload, Authorizer Authorizer);
}
