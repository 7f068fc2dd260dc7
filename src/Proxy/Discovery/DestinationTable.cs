using System.Collections.Concurrent;
using System.Threading.Channels;
using Mesh.Api.Discovery;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Discovery;

/// <summary>
/// What this proxy knows of the mesh: authorities that traffic has asked for, and the destinations they stand for. Look-ups of
/// what is known take no lock; everything that changes the table does.
/// </summary>
/// <remarks>
/// What it wants of the operator goes into the open session's channel, in the order of its changes; without a session it goes
/// nowhere, since each session begins with a subscription for every route. It forgets nothing when a session ends.
/// </remarks>
internal sealed class DestinationTable(DiscoveryOptions options, Random random, TimeProvider time, LocalProxy? proxy = null, TrustKeeper? trust = null)
    : IDestinationSource, IInboundPolicySource, IDestinationInventory
{
    // Under a flood of names the table is searched for room at most this often.
    private static readonly TimeSpan CrowdedSweepInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CrowdedIdleTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<Authority, Route> _routes = new();
    private readonly Dictionary<string, LiveDestination> _destinations = new(StringComparer.Ordinal);
    private ChannelWriter<ProxyMessage>? _session;
    private long? _lastCrowdedSweep;
    private volatile bool _hasConnected;
    private volatile TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;

    /// <summary>The name under which the operator hears of <see cref="Workload"/>'s versions.</summary>
    public const string WorkloadDestination = "workload";

    /// <summary>What holds for the proxy's own pod.</summary>
    public LiveWorkload Workload { get; } = new(trust);

    public bool Connected => Volatile.Read(ref _session) is not null;

    public bool HasConnected => _hasConnected;

    public ValueTask<Destination?> FindAsync(Authority authority, CancellationToken cancellationToken)
    {
        if (InboundDestination.IsMeantBy(authority)) authority = InboundDestination.ServiceOf(authority, options.Namespace);
        if (!_routes.TryGetValue(authority, out var route)) route = Add(authority);
        else route.Touch(time.GetTimestamp());

        return route.Answered.IsCompleted ? new(route.Destination?.Current) : new(WaitAsync(route, cancellationToken));
    }

    public Func<Destination?> InboundTo(int applicationPort)
    {
        var authority = InboundDestination.AuthorityOf(applicationPort);
        InboundOf(authority);
        return () => InboundOf(authority);
    }

    /// <summary>Completes once a request waits for an answer.</summary>
    public Task WantedAsync()
    {
        var wanted = _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return Volatile.Read(ref _waiting) > 0 ? Task.CompletedTask : wanted.Task;
    }

    /// <summary>Begins with a stream that an operator has welcomed.</summary>
    /// <returns>What to send, a subscription for every route first.</returns>
    public ChannelReader<ProxyMessage> BeginSession()
    {
        var channel = Channel.CreateUnbounded<ProxyMessage>(new() { SingleReader = true });
        lock (_lock)
        {
            foreach (var route in _routes.Values) channel.Writer.TryWrite(SubscriptionTo(route));
            Volatile.Write(ref _session, channel.Writer);
        }
        _hasConnected = true;
        return channel.Reader;
    }

    /// <summary>Ends with the stream. Everything known stays in use.</summary>
    public void EndSession()
    {
        lock (_lock)
        {
            _session?.TryComplete();
            Volatile.Write(ref _session, null);
        }
    }

    /// <summary>Takes in what an authority stands for.</summary>
    public void Apply(Resolution resolution)
    {
        if (!Authority.TryParse(resolution.Authority, out var authority)) return;
        lock (_lock)
        {
            // Unsubscribed meanwhile.
            if (!_routes.TryGetValue(authority, out var route)) return;
            var hadNothing = route is { Destination: null, Awaited: null };
            if (resolution.Destination.Length == 0) route.Answer(null);
            else if (_destinations.TryGetValue(resolution.Destination, out var known) && known.Version != 0) route.Answer(known);
            else Await(route, resolution.Destination);
            if (!hadNothing) DropUnused();
        }
    }

    /// <summary>Takes in a destination, or what changed of it, and acknowledges it; or refuses it and keeps what it had.</summary>
    /// <returns>Why it was refused; null where it is in use now.</returns>
    public string? Apply(DestinationUpdate update)
    {
        lock (_lock)
        {
            // Unsubscribed meanwhile.
            if (!_destinations.TryGetValue(update.Destination, out var destination)) return null;
            if (update.Version != destination.Version && DestinationUpdateCheck.Problem(update, destination.Version) is { } problem)
            {
                _session?.TryWrite(new() { Refuse = new() { Destination = update.Destination, Version = update.Version, Reason = problem } });
                return problem;
            }
            var isFirst = destination.Version == 0;
            // What was counted under the policy that goes is of the version that goes.
            if (update.Policy is not null || update.Shadow is not null) ReportShadow(destination);
            if (update.Version != destination.Version) destination.Apply(update);
            if (isFirst) AnswerThoseThatAwait(destination);
            _session?.TryWrite(new() { Acknowledge = new() { Destination = update.Destination, Version = update.Version } });
            return null;
        }
    }

    /// <summary>Takes in what holds for the proxy's own pod, and acknowledges it; or refuses it and keeps what it had.</summary>
    /// <returns>Why it was refused; null where it is in use now.</returns>
    public string? Apply(WorkloadUpdate update)
    {
        lock (_lock)
        {
            var problem = Workload.Apply(update);
            _session?.TryWrite(problem is null
                ? new() { Acknowledge = new() { Destination = WorkloadDestination, Version = update.Version } }
                : new() { Refuse = new() { Destination = WorkloadDestination, Version = update.Version, Reason = problem } });
            return problem;
        }
    }

    /// <summary>Drops what traffic has not asked for in <see cref="DiscoveryOptions.IdleTimeout"/> and has nothing in flight.</summary>
    public void DropIdle()
    {
        lock (_lock) Drop(route => IsIdle(route, options.IdleTimeout) && route.Destination?.HasRequestsInFlight != true);
    }

    /// <summary>Tells the operator what shadow policies have counted since the last time.</summary>
    public void ReportShadows()
    {
        lock (_lock)
        {
            foreach (var destination in _destinations.Values) ReportShadow(destination);
        }
    }

    /// <summary>Takes back a report that its session ended before: the next session's first has its counts.</summary>
    public void Return(ShadowReport report)
    {
        lock (_lock)
        {
            if (_destinations.TryGetValue(report.Destination, out var destination)) destination.Return(report);
        }
    }

    public IReadOnlyList<DestinationReport> Destinations()
    {
        lock (_lock)
        {
            var authorities = _routes.Values.Where(route => route.Destination is not null).ToLookup(route => route.Destination!.Name, route => route.Authority.ToString());
            return [.. _destinations.Values.Where(destination => destination.Version != 0)
                .OrderBy(destination => destination.Name, StringComparer.Ordinal)
                .Select(destination => destination.Report([.. authorities[destination.Name].Order(StringComparer.Ordinal)]))];
        }
    }

    public IReadOnlyList<string> UnknownAuthorities() =>
        [.. _routes.Values.Where(route => route.Destination is null).Select(route => route.Authority.ToString()).Order(StringComparer.Ordinal)];

    private void ReportShadow(LiveDestination destination)
    {
        if (_session is { } session && destination.TakeShadowReport() is { } report) session.TryWrite(new() { ShadowReport = report });
    }

    private async Task<Destination?> WaitAsync(Route route, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        _wanted.TrySetResult();
        try
        {
            await route.Answered.WaitAsync(options.ResolutionTimeout, time, cancellationToken);
            return route.Destination?.Current;
        }
        catch (TimeoutException)
        {
            throw new MeshException(MeshErrorCode.DiscoveryUnavailable,
                $"{route.Authority}: the operator at {options.Operator} gave no usable answer within {options.ResolutionTimeout.TotalSeconds:0.#} s");
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    // Asked for again where it was dropped: a port that no service sends to is kept no longer than a name that stands for nothing, since
    // whoever scans a pod's ports asks for them all.
    private Destination? InboundOf(Authority authority)
    {
        if (_routes.TryGetValue(authority, out var route)) route.Touch(time.GetTimestamp());
        else if (_routes.Count < options.MaxAuthorities) route = Add(authority);
        return route?.Inbound?.Current;
    }

    private Route Add(Authority authority)
    {
        lock (_lock)
        {
            if (_routes.TryGetValue(authority, out var known)) return known;
            if (_routes.Count >= options.MaxAuthorities) MakeRoom(authority);
            var route = new Route(authority, time.GetTimestamp());
            _routes[authority] = route;
            _session?.TryWrite(SubscriptionTo(route));
            return route;
        }
    }

    // A flood consists of names that stand for nothing; destinations are never given up for it.
    private void MakeRoom(Authority authority)
    {
        var now = time.GetTimestamp();
        if (_lastCrowdedSweep is not { } last || time.GetElapsedTime(last, now) >= CrowdedSweepInterval)
        {
            _lastCrowdedSweep = now;
            Drop(route => route.Destination is null && IsIdle(route, CrowdedIdleTimeout));
        }
        if (_routes.Count >= options.MaxAuthorities)
            throw new MeshException(MeshErrorCode.TooManyAuthorities, $"{authority}: this proxy keeps at most {options.MaxAuthorities} authorities, and all of them are in use");
    }

    private bool IsIdle(Route route, TimeSpan timeout) => time.GetElapsedTime(route.LastUsed) >= timeout;

    private void Drop(Func<Route, bool> unwanted)
    {
        foreach (var route in _routes.Values.Where(route => route.Inbound is null && unwanted(route)))
        {
            _routes.TryRemove(route.Authority, out _);
            _session?.TryWrite(new() { Unsubscribe = new() { Authority = route.Authority.ToString() } });
        }
        DropUnused();
    }

    // A route goes on with the destination it has until the next one's first version is here.
    private void Await(Route route, string destination)
    {
        route.Awaited = destination;
        if (!_destinations.ContainsKey(destination)) _destinations[destination] = new(destination, random, time, proxy);
    }

    private void AnswerThoseThatAwait(LiveDestination destination)
    {
        foreach (var route in _routes.Values.Where(route => route.Awaited == destination.Name)) route.Answer(destination);
        DropUnused();
    }

    // A request that has just looked a destination up goes on with it; what was forgotten closes its connections when they idle.
    private void DropUnused()
    {
        var used = _routes.Values.SelectMany(route => new[] { route.Destination?.Name, route.Awaited }).ToHashSet();
        foreach (var name in _destinations.Keys.Where(name => !used.Contains(name)).ToList()) _destinations.Remove(name);
    }

    private static ProxyMessage SubscriptionTo(Route route) => new()
    {
        Subscribe = new()
        {
            Authority = route.Authority.ToString(),
            KnownDestination = route.Destination?.Name ?? "",
            KnownVersion = route.Destination?.Version ?? 0,
        },
    };
}
