using System.Net;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;
using Mesh.Proxy.CircuitBreaking;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Resilience;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Shadow;

namespace Mesh.Proxy.Discovery;

/// <summary>
/// A destination over time. What a request uses (<see cref="Current"/>) is immutable and swapped whole; endpoints, the retry
/// budget and what else is learnt from traffic stay through every change of policy. Discovery alone changes it, one update at a time; requests read it without a lock.
/// </summary>
internal sealed class LiveDestination
{
    private readonly Func<LiveEndpoint, HttpMessageInvoker> _connect;
    private readonly DestinationState _state;
    private readonly Dictionary<string, LiveEndpoint> _draining = new(StringComparer.Ordinal);
    private Dictionary<string, LiveEndpoint> _byKey = new(StringComparer.Ordinal);
    private volatile Destination? _current;
    private ShadowTally? _tally;
    private OutboundShadow? _shadow;

    /// <param name="name">As the operator names it.</param>
    /// <param name="random">Draws for balancing and back-off.</param>
    /// <param name="time">The clock of everything beneath.</param>
    /// <param name="proxy">This proxy. Default: not known.</param>
    /// <param name="connect">Makes an endpoint's connections. Default: <see cref="EndpointConnections"/>.</param>
    public LiveDestination(string name, Random random, TimeProvider time, LocalProxy? proxy = null, Func<LiveEndpoint, HttpMessageInvoker>? connect = null)
    {
        _state = new(name, random, time, proxy ?? LocalProxy.Unknown);
        _connect = connect ?? (endpoint => new(NewConnections(endpoint)));
    }

    public string Name => _state.Name;

    /// <summary>0 before the first update.</summary>
    public ulong Version { get; private set; }

    /// <summary>Null before the first update.</summary>
    public Destination? Current => _current;

    public bool HasRequestsInFlight => _byKey.Values.Any(endpoint => endpoint.InFlight > 0) || _draining.Values.Any(endpoint => endpoint.InFlight > 0);

    /// <summary>Takes over an update that fits (see <see cref="DestinationUpdateCheck"/>).</summary>
    public void Apply(DestinationUpdate update)
    {
        var isWhole = update.BaseVersion == 0;
        var next = isWhole ? new Dictionary<string, LiveEndpoint>(update.Endpoints.Count, StringComparer.Ordinal) : new(_byKey, StringComparer.Ordinal);
        foreach (var removed in update.Removed) next.Remove(removed);
        foreach (var endpoint in update.Endpoints) next[Authority.EndpointKey(endpoint.Address, (int)endpoint.Port)] = Find(endpoint);

        // The policy first: an endpoint that is new is connected to as the new policy says.
        var policy = update.Policy ?? _current!.Policy;
        var protocol = update.Protocol is AppProtocol.Unspecified ? _current?.Protocol ?? AppProtocol.Unspecified : update.Protocol;
        var shadow = update.Shadow ?? (isWhole ? null : _current?.Shadow?.Policy);
        if (shadow is { Sources.Count: 0 }) shadow = null;
        if (!policy.Equals(_current?.Policy) || protocol != _current.Protocol || !Equals(shadow, _current.Shadow?.Policy))
        {
            _state.Configure(policy);
            _current = Compose(policy, shadow, protocol);
        }
        SwapEndpoints(next);
        _shadow?.Replace(_state.Endpoints.All);
        Version = update.Version;
    }

    /// <summary>What the shadow policy has counted since the last time. One caller at a time, as with <see cref="Apply"/>.</summary>
    /// <returns>Null where that is nothing.</returns>
    public ShadowReport? TakeShadowReport() => _tally?.TakeReport(Version);

    /// <summary>A report that did not reach the operator.</summary>
    public void Return(ShadowReport report) => _tally?.Return(report);

    public DestinationReport Report(IReadOnlyList<string> authorities) =>
        new(Name, Version, authorities, _current?.Policy ?? new Policy(),
        [
            .. _state.Endpoints.All.Concat(_draining.Values.Where(endpoint => !endpoint.IsClosed)).Select(endpoint => new EndpointReport(
                endpoint.Key, endpoint.Pod, endpoint.State, endpoint.InFlight, endpoint.Latency.Milliseconds)
            {
                Weight = endpoint.Weight,
                Zone = endpoint.Zone,
            }),
        ])
        {
            Shadow = _tally,
            Breaker = _state.Breaker?.State,
            Ejections = Enum.GetValues<BreakerTrigger>().ToDictionary(trigger => trigger, _state.Endpoints.Ejected),
        };

    // What a shadow policy has to do with the proxy's own side is watched for where the stack to the application is put together.
    private Destination Compose(Policy policy, Policy? shadow, AppProtocol protocol)
    {
        var stack = DestinationStack.Build(_state, policy);
        var tried = shadow is null ? null : new ShadowPolicy(shadow, _tally ??= new(Name));
        _shadow = tried is null || InboundDestination.Is(Name) ? null : new(tried, policy, _state.Random, _state.Time);
        return new(Name, policy, _shadow?.Over(stack) ?? stack) { Protocol = protocol, Dialer = new EndpointDialer(_state, policy), Shadow = tried };
    }

    private HttpMessageHandler NewConnections(LiveEndpoint endpoint) => endpoint.Identity is { } identity
        ? new SecuredConnections(endpoint.Address, identity, _state.Proxy.Credentials, ConnectTimeout, _state.Time)
        : new EndpointConnections(endpoint.Address, ConnectTimeout, _state.Time);

    private TimeSpan ConnectTimeout() => _current!.Policy.Timeouts.Connect.ToTimeSpan();

    private LiveEndpoint Find(Api.Discovery.Endpoint endpoint)
    {
        var found = FindOrMake(endpoint);
        found.Describe(endpoint);
        return found;
    }

    // An address that another pod has taken over is another endpoint: what was learnt about the first says nothing about it. So is one
    // that has to prove another identity: the connections of before prove nothing.
    private LiveEndpoint FindOrMake(Api.Discovery.Endpoint endpoint)
    {
        var key = Authority.EndpointKey(endpoint.Address, (int)endpoint.Port);
        // Without an identity of its own a proxy can prove nothing: the endpoint decides whether it takes that. In its own pod there is
        // no sidecar between it and the application.
        SpiffeId? identity = null;
        if (_state.Proxy.Credentials.IsEnabled && endpoint.Pod != _state.Proxy.InterceptedPod) _ = SpiffeId.TryParse(endpoint.Identity, out identity);
        if (_byKey.TryGetValue(key, out var known) && IsSame(known)) return known;
        if (_draining.TryGetValue(key, out var leaving) && IsSame(leaving) && leaving.TryRevive())
        {
            _draining.Remove(key);
            return leaving;
        }
        return new(new(IPAddress.Parse(endpoint.Address), (int)endpoint.Port), endpoint.Pod, _connect, _state.Time, Version == 0 ? LiveEndpoint.Always : _state.Time.GetTimestamp(), identity);

        bool IsSame(LiveEndpoint other) => other.Pod == endpoint.Pod && other.Identity == identity;
    }

    private void SwapEndpoints(Dictionary<string, LiveEndpoint> next)
    {
        var before = _byKey;
        _byKey = next;
        _state.Endpoints.Replace([.. next.Values]);
        foreach (var (key, closed) in _draining)
        {
            if (closed.IsClosed) _draining.Remove(key);
        }
        foreach (var (key, endpoint) in before)
        {
            if (next.TryGetValue(key, out var kept) && ReferenceEquals(kept, endpoint)) continue;
            endpoint.Retire();
            if (!endpoint.IsClosed) _draining[key] = endpoint;
        }
    }
}
