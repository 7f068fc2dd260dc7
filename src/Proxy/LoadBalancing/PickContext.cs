namespace Mesh.Proxy.LoadBalancing;

/// <summary>What a pick goes by beside the candidates. The default is: equal weights, no key.</summary>
internal readonly struct PickContext
{
    /// <summary>The hash of what the request is to stick to; null where it has nothing of the kind.</summary>
    public ulong? Key { get; init; }

    /// <summary>The greatest weight among the destination's endpoints; 0 where all have the same, and nothing need be weighed.</summary>
    public int Heaviest { get; init; }

    /// <summary>In force where weights are unequal or some endpoint is new.</summary>
    public SlowStart SlowStart { get; init; }

    /// <summary>The timestamp of the pick.</summary>
    public long Now { get; init; }

    public bool IsWeighted => Heaviest > 0;

    /// <summary>An endpoint's weight now, relative to the heaviest: more than 0, at most 1.</summary>
    public double ShareOf(LiveEndpoint endpoint) => endpoint.Weight * SlowStart.ShareOf(endpoint, Now) / Heaviest;
}
