namespace Mesh.Proxy.LoadBalancing;

/// <summary>A load balancing algorithm. One instance serves one destination, for any number of requests at a time.</summary>
internal interface IEndpointPicker
{
    /// <summary>The picker for a set of endpoints: one that has prepared for it, or this one where the algorithm need not.</summary>
    IEndpointPicker For(IReadOnlyList<LiveEndpoint> endpoints) => this;

    /// <param name="candidates">At least one; some or all of the endpoints that it was prepared for.</param>
    /// <param name="context">Weights, and what the request is to stick to.</param>
    LiveEndpoint Pick(ReadOnlySpan<LiveEndpoint> candidates, in PickContext context);
}
