namespace Mesh.Proxy.LoadBalancing;

/// <summary>A load balancing algorithm. One instance serves one destination, for any number of requests at a time.</summary>
internal interface IEndpointPicker
{
    /// <param name="candidates">At least one.</param>
    LiveEndpoint Pick(ReadOnlySpan<LiveEndpoint> candidates);
}
