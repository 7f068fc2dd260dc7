using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Routing;

/// <summary>An endpoint as <c>/config</c> shows it.</summary>
/// <param name="Address"><c>10.0.0.7:8080</c>.</param>
/// <param name="Pod"><c>namespace/name</c>; empty where it is not known.</param>
/// <param name="State">Whether it is picked.</param>
/// <param name="InFlight">Requests whose answer has not ended.</param>
/// <param name="LatencyMilliseconds">The peak-EWMA of the time to the response's head; null before the first answer.</param>
internal sealed record EndpointReport(string Address, string Pod, EndpointState State, int InFlight, double? LatencyMilliseconds)
{
    /// <summary>Requests relative to other endpoints.</summary>
    public int Weight { get; init; } = LiveEndpoint.DefaultWeight;

    /// <summary>Where it runs; empty where it is not known.</summary>
    public string Zone { get; init; } = "";
}
