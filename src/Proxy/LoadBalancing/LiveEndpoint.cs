using System.Net;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// One address that serves a destination, with what must outlive a change of policy: latency, requests in flight, connections.
/// </summary>
/// <remarks>
/// Requests lease it. When the destination drops it, it is retired: leases that exist are finished, and its connections are
/// disposed with the last of them. Leases, retirement and closing share one word, so that none of it takes a lock.
/// </remarks>
internal sealed class LiveEndpoint(IPEndPoint address, string pod, Func<LiveEndpoint, HttpMessageInvoker> connect, TimeProvider time)
{
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

    public PeakEwma Latency { get; } = new(time);

    public SetAside SetAside { get; } = new(time);

    /// <summary>Who judges this endpoint by its attempts; null where nobody does.</summary>
    public IAttemptObserver? Judge { get; set; }

    /// <summary>Requests whose answer has not ended.</summary>
    public int InFlight => Volatile.Read(ref _state) is var state and >= 0 ? state & ~RetiredFlag : 0;

    /// <summary>Retired and without requests: its connections are gone, and it can't be leased again.</summary>
    public bool IsClosed => Volatile.Read(ref _state) < 0;

    public EndpointState State =>
        (Volatile.Read(ref _state) & (RetiredFlag | Closed)) != 0 ? EndpointState.Draining
        : SetAside.IsActive ? EndpointState.SetAside
        : EndpointState.Available;

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

    /// <summary>An attempt that leased this endpoint has come to its end.</summary>
    public void Report(in AttemptVerdict verdict) => Judge?.Report(verdict);

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
