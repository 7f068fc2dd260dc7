using Mesh.Api.Discovery;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>Which of a destination's endpoints are near, for a proxy in one zone.</summary>
/// <param name="Near">Those to use, as long as they can be.</param>
/// <param name="Far">The others.</param>
/// <param name="IsElastic">Whether requests go to the others too where these have become much slower.</param>
internal readonly record struct Zones(LiveEndpoint[] Near, LiveEndpoint[] Far, bool IsElastic)
{
    /// <summary>
    /// Hints hold where every endpoint has some and one at least is for the proxy's own zone, else they say nothing.
    /// Source: KEP-2433 (topology aware routing), as kube-proxy has it.
    /// </summary>
    /// <param name="endpoints">All of the destination's.</param>
    /// <param name="zone">The proxy's own; empty where it is not known, and all are near.</param>
    /// <param name="preference">Unspecified, as from an operator that doesn't say it, is <see cref="ZonePreference.Hints"/>.</param>
    public static Zones Of(LiveEndpoint[] endpoints, string zone, ZonePreference preference)
    {
        if (zone.Length == 0 || preference == ZonePreference.Any) return new(endpoints, [], false);
        var prefers = preference == ZonePreference.Prefer;
        if (endpoints.All(endpoint => endpoint.ForZones.Count > 0) && Split(endpoints, endpoint => endpoint.ForZones.Contains(zone), prefers) is { } hinted)
            return hinted;
        return (prefers ? Split(endpoints, endpoint => endpoint.Zone == zone, prefers) : null) ?? new(endpoints, [], false);
    }

    // Where all are near, or none is, zones make no difference.
    private static Zones? Split(LiveEndpoint[] endpoints, Func<LiveEndpoint, bool> isNear, bool isElastic)
    {
        var split = endpoints.ToLookup(isNear);
        return split[true].Any() ? new([.. split[true]], [.. split[false]], isElastic) : null;
    }
}
