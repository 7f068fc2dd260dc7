using System.Runtime.InteropServices;
using Grpc.Core;
using Mesh.Api.Discovery;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Discovery;

/// <summary>
/// Who is subscribed to what, and what that compiles to. A change of the state reaches the authorities and destinations that
/// depend on it by index, and only those that someone is subscribed to; every stream that shares one shares its bytes.
/// One lock guards it all: nothing is encoded and nothing is written to a network under it.
/// </summary>
internal sealed class SubscriptionTable
{
    private const string ShuttingDown = "the operator is shutting down";

    private readonly DiscoveryMetrics _metrics;
    private readonly DiscoveryLimits _limits;
    private readonly Lock _gate = new();
    private readonly Dictionary<ProxyName, ProxyStream> _streams = [];
    private readonly Dictionary<(Client Client, string Text), AuthorityEntry> _authorities = [];
    private readonly Dictionary<NamespacedName, HashSet<AuthorityEntry>> _authoritiesByService = [];
    private readonly Dictionary<string, HashSet<AuthorityEntry>> _authoritiesByAddress = new(StringComparer.Ordinal);
    private readonly Dictionary<NamespacedName, HashSet<AuthorityEntry>> _authoritiesByPod = [];
    private readonly Dictionary<DestinationName, DestinationEntry> _destinations = [];
    private readonly Dictionary<NamespacedName, HashSet<DestinationEntry>> _destinationsByService = [];
    private ClusterSnapshot _cluster = ClusterSnapshot.Empty;
    private volatile ClusterSnapshot _applied = ClusterSnapshot.Empty;
    private bool _closed;

    public SubscriptionTable(DiscoveryMetrics metrics, DiscoveryLimits limits)
    {
        (_metrics, _limits) = (metrics, limits);
        Applied = new ChangeFeed(() => _applied);
    }

    /// <summary>
    /// What has been compiled and queued to proxies, and what they answered: changes come here once <see cref="Programmed"/>
    /// counts by them. One reader.
    /// </summary>
    public ChangeFeed Applied { get; }

    /// <summary>Proxies that are connected.</summary>
    public int Proxies
    {
        get
        {
            lock (_gate) return _streams.Count;
        }
    }

    /// <summary>Adds a stream. One that is open under the same name is a connection that the proxy has given up, and ends.</summary>
    public void Attach(ProxyStream stream)
    {
        lock (_gate)
        {
            if (_closed) stream.End(StatusCode.Unavailable, ShuttingDown);
            if (_streams.TryGetValue(stream.Proxy, out var previous)) previous.End(StatusCode.Aborted, $"proxy {stream.Proxy} opened another stream");
            _streams[stream.Proxy] = stream;
        }
        _metrics.Connected();
    }

    public void Detach(ProxyStream stream)
    {
        lock (_gate)
        {
            foreach (var subscription in stream.Subscriptions.Values) Release(subscription);
            stream.Subscriptions.Clear();
            if (_streams.TryGetValue(stream.Proxy, out var current) && current == stream) _streams.Remove(stream.Proxy);
        }
        _metrics.Disconnected();
    }

    /// <summary>Ends every stream, and those that come later.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            foreach (var stream in _streams.Values) stream.End(StatusCode.Unavailable, ShuttingDown);
        }
    }

    /// <returns>False where the stream has as many subscriptions as it may.</returns>
    public bool TrySubscribe(ProxyStream stream, Subscribe request)
    {
        lock (_gate)
        {
            if (stream.Subscriptions.ContainsKey(request.Authority)) return true;
            if (stream.Subscriptions.Count >= _limits.Subscriptions) return false;
            var authority = FindOrAddAuthority(stream, request.Authority);
            var subscription = new Subscription(stream, authority, request.KnownDestination, request.KnownVersion);
            stream.Subscriptions.Add(authority.Text, subscription);
            authority.Subscriptions.Add(subscription);
            if (authority.IsResolved) Deliver(subscription);
            else if (_cluster.IsSynced) Resolve(authority);
            return true;
        }
    }

    public void Unsubscribe(ProxyStream stream, Unsubscribe request)
    {
        lock (_gate)
        {
            if (stream.Subscriptions.Remove(request.Authority, out var subscription)) Release(subscription);
        }
    }

    public void Acknowledge(ProxyStream stream, Acknowledge answer)
    {
        lock (_gate)
        {
            if (!stream.Destinations.TryGetValue(answer.Destination, out var destination)) return;
            var before = (destination.Acknowledged?.Policies, destination.Refusal);
            if (destination.Acknowledge(answer.Version) && before != (destination.Acknowledged?.Policies, null)) NoteProgress(destination);
        }
    }

    /// <returns>False where it answers nothing that was sent.</returns>
    public bool Refuse(ProxyStream stream, Refuse answer)
    {
        lock (_gate)
        {
            var reason = answer.Reason.Length <= _limits.ReasonLength ? answer.Reason : answer.Reason[.._limits.ReasonLength];
            if (!stream.Destinations.TryGetValue(answer.Destination, out var destination) || !destination.Refuse(answer.Version, reason)) return false;
            if (destination.OwesWhole) Enqueue(stream, destination);
            else NoteProgress(destination);
        }
        _metrics.Refused();
        return true;
    }

    /// <summary>Of what a proxy has evaluated a destination's shadow policies on; null where it isn't subscribed to it, or never had that version.</summary>
    public CompiledDestination? Evaluated(ProxyStream stream, ShadowReport report)
    {
        lock (_gate) return stream.Destinations.TryGetValue(report.Destination, out var destination) ? destination.Routed(report.Version)?.Compiled : null;
    }

    /// <summary>The next message that is due to a stream, in its newest form.</summary>
    public bool TryTakeNext(ProxyStream stream, out Outgoing next)
    {
        lock (_gate)
        {
            if (stream.PendingResolutions.TryTake(out var subscription))
            {
                next = new(new Resolution { Authority = subscription.Authority.Text, Destination = subscription.Authority.Destination?.Text ?? "" });
                return true;
            }
            while (stream.PendingUpdates.TryTake(out var destination))
            {
                var acknowledged = destination.Acknowledged;
                var update = destination.Next(_limits.UnansweredVersions);
                if (destination.Acknowledged != acknowledged) NoteProgress(destination);
                if (update is null) continue;
                next = update.Value;
                return true;
            }
            next = default;
            return false;
        }
    }

    /// <summary>Brings what depends on a change up to date.</summary>
    public void Apply(ClusterChange change)
    {
        List<AuthorityEntry> authorities;
        List<DestinationEntry> destinations;
        lock (_gate)
        {
            _cluster = change.Snapshot;
            authorities = AffectedAuthorities(change.Changes);
        }
        // The lock is given up between items, so that streams are served while a large change is compiled.
        foreach (var authority in authorities)
        {
            lock (_gate) Resolve(authority);
        }
        lock (_gate) destinations = AffectedDestinations(change.Changes);
        foreach (var destination in destinations)
        {
            lock (_gate) Compile(destination);
        }
        // Only now: a report on the new state that counted by destinations of the old one would claim what is not yet so.
        _applied = change.Snapshot;
        Applied.Add(change.Changes);
    }

    /// <summary>How many of the proxies that a policy concerns route by the generation in force.</summary>
    public ProgrammedCount Programmed(PolicyRecord policy)
    {
        if (policy.InForce is not { } inForce) return default;
        var proxies = new Dictionary<ProxyStream, bool>();
        string? refusal = null;
        lock (_gate)
        {
            foreach (var target in PolicyTargets.Of(inForce).Distinct())
            {
                foreach (var destination in _destinationsByService.GetValueOrDefault(target) ?? [])
                {
                    if (FindSource(destination.Current, policy.Name) is null) continue;
                    foreach (var (stream, state) in destination.Streams)
                    {
                        ref var programmed = ref CollectionsMarshal.GetValueRefOrAddDefault(proxies, stream, out var seen);
                        var holds = state.Acknowledged is { } version && FindSource(version, policy.Name)?.Generation == (inForce.Metadata.Generation ?? 0);
                        programmed = holds && (programmed || !seen);
                        if (!holds && state.Refusal is { } reason) refusal ??= $"{stream.Proxy}: {reason}";
                    }
                }
            }
        }
        return new(proxies.Values.Count(programmed => programmed), proxies.Count, refusal);
    }

    private static PolicySource? FindSource(DestinationVersion version, NamespacedName name) =>
        version.Compiled.Sources.FirstOrDefault(source => source.Name == name.Name && source.Namespace == name.Namespace);

    private AuthorityEntry FindOrAddAuthority(ProxyStream stream, string text)
    {
        var parsed = Authority.TryParse(text, out var found) ? found : (Authority?)null;
        var isOwnSide = parsed is { } asked && NameResolution.IsOwnSide(asked);
        var client = new Client(stream.Proxy.Namespace, stream.Node, isOwnSide ? stream.Proxy.Name : null);
        if (_authorities.TryGetValue((client, text), out var authority)) return authority;
        authority = new AuthorityEntry(client, text, parsed);
        _authorities.Add((client, text), authority);
        if (AddressOf(authority) is { } address) _authoritiesByAddress.Add(address, authority);
        if (PodOf(authority) is { } pod) _authoritiesByPod.Add(pod, authority);
        return authority;
    }

    private static string? AddressOf(AuthorityEntry authority) => authority.Authority is { } parsed ? NameResolution.AddressOf(parsed) : null;

    private static NamespacedName? PodOf(AuthorityEntry authority) => authority.Client.Pod is { } pod ? new(authority.Client.Namespace, pod) : null;

    private void Resolve(AuthorityEntry authority)
    {
        if (authority.Subscriptions.Count == 0) return;
        var resolved = authority.Authority is { } parsed ? NameResolution.Resolve(_cluster, parsed, authority.Client) : ResolvedAuthority.Nothing;
        Index(authority, resolved.Services);
        var name = resolved.Destination;
        if (authority.IsResolved && name == authority.Destination?.Name) return;

        var previous = authority.Destination;
        authority.IsResolved = true;
        authority.Destination = name is { } found ? FindOrAddDestination(found) : null;
        foreach (var subscription in authority.Subscriptions)
        {
            Deliver(subscription);
            if (previous is not null) Leave(subscription, previous);
        }
    }

    private void Index(AuthorityEntry authority, IReadOnlyList<NamespacedName> services)
    {
        if (authority.Services.SequenceEqual(services)) return;
        foreach (var before in authority.Services) _authoritiesByService.Remove(before, authority);
        authority.Services = services;
        foreach (var after in services) _authoritiesByService.Add(after, authority);
    }

    private DestinationEntry? FindOrAddDestination(DestinationName name)
    {
        if (_destinations.TryGetValue(name, out var destination)) return destination;
        if (DestinationCompiler.Compile(_cluster, name) is not { } compiled) return null;
        destination = new DestinationEntry(name, new DestinationVersion(compiled, _metrics));
        _destinations.Add(name, destination);
        _destinationsByService.Add(name.Service, destination);
        return destination;
    }

    private void Compile(DestinationEntry destination)
    {
        if (destination.Streams.Count == 0 || DestinationCompiler.Compile(_cluster, destination.Name) is not { } compiled) return;
        if (compiled.Version == destination.Current.Version) return;
        destination.Current = new DestinationVersion(compiled.Sharing(destination.Current.Compiled), _metrics);
        foreach (var (stream, state) in destination.Streams) Enqueue(stream, state);
    }

    private void Deliver(Subscription subscription)
    {
        var stream = subscription.Stream;
        stream.PendingResolutions.Add(subscription);
        if (subscription.Authority.Destination is { } destination)
        {
            if (!stream.Destinations.TryGetValue(destination.Text, out var state))
            {
                state = new StreamDestination(destination);
                stream.Destinations.Add(destination.Text, state);
                destination.Streams.Add(stream, state);
                stream.PendingUpdates.Add(state);
                NoteProgress(state);
            }
            state.Subscriptions.Add(subscription);
        }
        stream.Wake();
    }

    private static void Enqueue(ProxyStream stream, StreamDestination destination)
    {
        stream.PendingUpdates.Add(destination);
        stream.Wake();
    }

    private void Release(Subscription subscription)
    {
        var authority = subscription.Authority;
        subscription.Stream.PendingResolutions.Remove(subscription);
        if (authority.Destination is { } destination) Leave(subscription, destination);
        authority.Subscriptions.Remove(subscription);
        if (authority.Subscriptions.Count > 0) return;
        Index(authority, []);
        if (AddressOf(authority) is { } address) _authoritiesByAddress.Remove(address, authority);
        if (PodOf(authority) is { } pod) _authoritiesByPod.Remove(pod, authority);
        _authorities.Remove((authority.Client, authority.Text));
    }

    private void Leave(Subscription subscription, DestinationEntry destination)
    {
        var stream = subscription.Stream;
        if (!stream.Destinations.TryGetValue(destination.Text, out var state)) return;
        state.Subscriptions.Remove(subscription);
        if (state.Subscriptions.Count > 0) return;
        stream.Destinations.Remove(destination.Text);
        stream.PendingUpdates.Remove(state);
        destination.Streams.Remove(stream);
        NoteProgress(state);
        if (destination.Streams.Count > 0) return;
        _destinations.Remove(destination.Name);
        _destinationsByService.Remove(destination.Name.Service, destination);
    }

    private void NoteProgress(StreamDestination destination)
    {
        var compiled = destination.Destination.Current.Compiled;
        if (compiled.Policy.Sources.Count == 0 && compiled.Shadow is null) return;
        var changes = new ChangeSet();
        foreach (var source in compiled.Sources) changes.Policies.Add(new(source.Namespace, source.Name));
        Applied.Add(changes);
    }

    private List<AuthorityEntry> AffectedAuthorities(ChangeSet changes) => changes.Everything
        ? [.. _authorities.Values]
        : [.. _authoritiesByService.Of(changes.Services).Concat(_authoritiesByAddress.Of(changes.Addresses)).Concat(_authoritiesByPod.Of(changes.Pods)).Distinct()];

    private List<DestinationEntry> AffectedDestinations(ChangeSet changes) =>
        changes.Everything ? [.. _destinations.Values] : [.. _destinationsByService.Of(changes.Services)];
}
