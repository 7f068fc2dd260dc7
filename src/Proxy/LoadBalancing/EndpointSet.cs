using System.Buffers;
using Mesh.Proxy.Routing;

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
    /// <returns>Null where the destination has no endpoint.</returns>
    public LiveEndpoint? Lease(IEndpointPicker picker, RequestTrace trace)
    {
        while (true)
        {
            var endpoints = _endpoints;
            if (endpoints.Length == 0) return null;

            var anyOfAll = trace.Attempts.Count == 0 && time.GetTimestamp() >= Volatile.Read(ref _allAvailableFrom);
            var endpoint = anyOfAll ? picker.Pick(endpoints) : PickPreferred(endpoints, picker, trace);
            if (endpoint.TryLease()) return endpoint;
        }
    }

    private static LiveEndpoint PickPreferred(LiveEndpoint[] endpoints, IEndpointPicker picker, RequestTrace trace) =>
        PickWhere(static (endpoint, trace) => !endpoint.SetAside.IsActive && !trace.HasTried(endpoint), endpoints, picker, trace)
        ?? PickWhere(static (endpoint, _) => !endpoint.SetAside.IsActive, endpoints, picker, trace)
        ?? PickWhere(static (endpoint, trace) => !trace.HasTried(endpoint), endpoints, picker, trace)
        ?? picker.Pick(endpoints);

    private static LiveEndpoint? PickWhere(Func<LiveEndpoint, RequestTrace, bool> fits, LiveEndpoint[] endpoints, IEndpointPicker picker, RequestTrace trace)
    {
        var candidates = ArrayPool<LiveEndpoint>.Shared.Rent(endpoints.Length);
        var count = 0;
        foreach (var endpoint in endpoints)
        {
            if (fits(endpoint, trace)) candidates[count++] = endpoint;
        }
        var picked = count == 0 ? null : picker.Pick(candidates.AsSpan(0, count));
        Array.Clear(candidates, 0, count);
        ArrayPool<LiveEndpoint>.Shared.Return(candidates);
        return picked;
    }
}
