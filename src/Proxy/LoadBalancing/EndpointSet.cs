using System.Buffers;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>A destination's endpoints: an array that discovery swaps whole, and requests pick from without a lock.</summary>
internal sealed class EndpointSet(TimeProvider time)
{
    private volatile LiveEndpoint[] _endpoints = [];
    private long _allAvailableFrom = long.MinValue;

    public IReadOnlyList<LiveEndpoint> All => _endpoints;

    public void Replace(LiveEndpoint[] endpoints) => _endpoints = endpoints;

    /// <summary>An endpoint refused a connection.</summary>
    public void Refused(LiveEndpoint endpoint)
    {
        endpoint.SetAside.Refused();
        var until = endpoint.SetAside.Until;
        long seen;
        do
        {
            seen = Volatile.Read(ref _allAvailableFrom);
            if (until <= seen) return;
        }
        while (Interlocked.CompareExchange(ref _allAvailableFrom, until, seen) != seen);
    }

    /// <summary>Picks and leases an endpoint: of those that aren't set aside one that the request has not tried, where there is one.</summary>
    /// <param name="picker">Chooses among equals.</param>
    /// <param name="tried">The request's attempts so far.</param>
    /// <returns>Null where the destination has no endpoint.</returns>
    public LiveEndpoint? Lease(IEndpointPicker picker, IReadOnlyList<Attempt> tried)
    {
        while (true)
        {
            var endpoints = _endpoints;
            if (endpoints.Length == 0) return null;

            var anyOfAll = tried.Count == 0 && time.GetTimestamp() >= Volatile.Read(ref _allAvailableFrom);
            var endpoint = anyOfAll ? picker.Pick(endpoints) : PickPreferred(endpoints, picker, tried);
            if (endpoint.TryLease()) return endpoint;
        }
    }

    private static LiveEndpoint PickPreferred(LiveEndpoint[] endpoints, IEndpointPicker picker, IReadOnlyList<Attempt> tried) =>
        PickWhere(static (endpoint, tried) => !endpoint.SetAside.IsActive && !IsAmong(tried, endpoint), endpoints, picker, tried)
        ?? PickWhere(static (endpoint, _) => !endpoint.SetAside.IsActive, endpoints, picker, tried)
        ?? PickWhere(static (endpoint, tried) => !IsAmong(tried, endpoint), endpoints, picker, tried)
        ?? picker.Pick(endpoints);

    private static LiveEndpoint? PickWhere(Func<LiveEndpoint, IReadOnlyList<Attempt>, bool> fits, LiveEndpoint[] endpoints, IEndpointPicker picker, IReadOnlyList<Attempt> tried)
    {
        var candidates = ArrayPool<LiveEndpoint>.Shared.Rent(endpoints.Length);
        var count = 0;
        foreach (var endpoint in endpoints)
        {
            if (fits(endpoint, tried)) candidates[count++] = endpoint;
        }
        var picked = count == 0 ? null : picker.Pick(candidates.AsSpan(0, count));
        Array.Clear(candidates, 0, count);
        ArrayPool<LiveEndpoint>.Shared.Return(candidates);
        return picked;
    }

    private static bool IsAmong(IReadOnlyList<Attempt> tried, LiveEndpoint endpoint)
    {
        for (var i = 0; i < tried.Count; i++)
        {
            if (ReferenceEquals(tried[i].Endpoint, endpoint)) return true;
        }
        return false;
    }
}
