using System.Net;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;
using Mesh.Proxy.CircuitBreaking;
using Breaker = Mesh.Proxy.CircuitBreaking.Breaker;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// One address that serves a destination, with what must outlive a change of policy: latency, requests in flight, connections.
/// </summary>
/// <remarks>
/// Requests lease it. When the destination drops it, it is retired: leases that exist are finished, and its connections are
/// disposed with the last of them. Leases, retirement and closing share one word, so that none of it takes a lock.
/// </remarks>
/// <param name="address">Where it listens.</param>
/// <param name="pod"><c>namespace/name</c>; empty where it is not known.</param>
/// <param name="connect">Makes its connections.</param>
/// <param name="time">The clock of everything beneath.</param>
/// <param name="since">The timestamp at which it came.</param>
/// <param name="identity">Who its sidecar has to prove to be; null where it has none.</param>
internal sealed class LiveEndpoint(
    IPEndPoint address, string pod, Func<LiveEndpoint, HttpMessageInvoker> connect, TimeProvider time, long since = LiveEndpoint.Always,
    SpiffeId? identity = null)
{
    /// <summary>It was there when this proxy first heard of the destination.</summary>
    public const long Always = long.MinValue;

    /// <summary>Where the operator names none.</summary>
    public const int DefaultWeight = 100;

    // The low bits count leases.
    private const int RetiredFlag = 1 << 30;
    private const int Closed = int.MinValue;

    private int _state;
    private HttpMessageInvoker? _connections;

    public IPEndPoint Address { get; } = address;

    /// <summary><c>10.0.0.7:8080</c>.</summary>
    public string Key { get; } = Authority.EndpointKey(address.Address.ToString(), address.Port);

    /// <summary><c>namespace/name</c>; empty where it is not known.</summary>
    public string Pod { get; } = pod;

    /// <summary>Who its sidecar has to prove to be, over mutual TLS; null where it has none, and is spoken to in the clear.</summary>
    public SpiffeId? Identity { get; } = identity;

    /// <summary>The same as <c>namespace/service-account</c>; empty where there is none.</summary>
    public string Workload { get; } = identity?.Workload ?? "";

    /// <summary>The timestamp at which it came, or <see cref="Always"/>.</summary>
    public long Since { get; } = since;

    /// <summary>Requests relative to other endpoints, 1 to 1000.</summary>
    public int Weight { get; private set; } = DefaultWeight;

    /// <summary>Where it runs; empty where it is not known.</summary>
    public string Zone { get; private set; } = "";

    /// <summary>The zones that are to use it; empty where there are no hints.</summary>
    public IReadOnlyList<string> ForZones { get; private set; } = [];

    public PeakEwma Latency { get; } = new(time);

    public SetAside SetAside { get; } = new(time);

    /// <summary>While it is not closed, the endpoint is ejected; null where the policy ejects none.</summary>
    public Breaker? Breaker { get; set; }

    /// <summary>Requests whose answer has not ended.</summary>
    public int InFlight => Volatile.Read(ref _state) is var state and >= 0 ? state & ~RetiredFlag : 0;

    /// <summary>Retired and without requests: its connections are gone, and it can't be leased again.</summary>
    public bool IsClosed => Volatile.Read(ref _state) < 0;

    public EndpointState State =>
        (Volatile.Read(ref _state) & (RetiredFlag | Closed)) != 0 ? EndpointState.Draining
        : Breaker?.State is BreakerState.Open ? EndpointState.Ejected
        : Breaker?.State is BreakerState.HalfOpen ? EndpointState.HalfOpen
        : SetAside.IsActive ? EndpointState.SetAside
        : EndpointState.Available;

    /// <summary>An answer's head has come from it.</summary>
    /// <param name="duration">Since it was asked.</param>
    /// <param name="now">A timestamp: when it came.</param>
    public void Answered(TimeSpan duration, long now)
    {
        SetAside.Answered();
        Latency.ObserveHead(duration, now);
    }

    /// <summary>Takes over what the operator says of it. What requests pick from is made anew after that.</summary>
    public void Describe(Api.Discovery.Endpoint endpoint)
    {
        Weight = endpoint.Weight == 0 ? DefaultWeight : (int)Math.Min(endpoint.Weight, int.MaxValue);
        Zone = endpoint.Zone;
        ForZones = endpoint.ForZones;
    }

    /// <summary>Counts a request in. Each success is paired with a <see cref="Release"/>.</summary>
    /// <returns>False where the endpoint has been closed meanwhile.</returns>
    public bool TryLease()
    {
        if (Interlocked.Increment(ref _state) > 0) return true;
        Interlocked.Decrement(ref _state);
        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _state) == RetiredFlag) TryClose();
    }

    /// <summary>No request will be sent here from now on; the last one in flight closes the connections.</summary>
    public void Retire()
    {
        if (Interlocked.Or(ref _state, RetiredFlag) == 0) TryClose();
    }

    /// <summary>Takes a retirement back.</summary>
    /// <returns>False where the endpoint has been closed already.</returns>
    public bool TryRevive()
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state < 0) return false;
            if (Interlocked.CompareExchange(ref _state, state & ~RetiredFlag, state) == state) return true;
        }
    }

    /// <summary>Sends to this endpoint; the caller holds a lease.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        (Volatile.Read(ref _connections) ?? Connect()).SendAsync(request, cancellationToken);

    private HttpMessageInvoker Connect()
    {
        var connections = connect(this);
        var first = Interlocked.CompareExchange(ref _connections, connections, null);
        if (first is null) return connections;
        connections.Dispose();
        return first;
    }

    private void TryClose()
    {
        if (Interlocked.CompareExchange(ref _state, Closed, RetiredFlag) == RetiredFlag) _connections?.Dispose();
    }
}
