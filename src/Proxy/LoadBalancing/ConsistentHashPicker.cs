namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// The endpoint that a request's key belongs to, or the next round the circle where that is not among the candidates: requests
/// with one key stay together. Those without a key go anywhere. New endpoints don't start slowly here: the key decides.
/// </summary>
internal sealed class ConsistentHashPicker : IEndpointPicker
{
    private readonly Func<IReadOnlyList<LiveEndpoint>, HashTable> _build;
    private readonly Random _random;
    private readonly HashTable? _table;

    /// <param name="build">Makes the table for a set of endpoints.</param>
    /// <param name="random">For requests without a key.</param>
    public ConsistentHashPicker(Func<IReadOnlyList<LiveEndpoint>, HashTable> build, Random random)
        : this(build, random, table: null)
    {
    }

    private ConsistentHashPicker(Func<IReadOnlyList<LiveEndpoint>, HashTable> build, Random random, HashTable? table) =>
        (_build, _random, _table) = (build, random, table);

    public IEndpointPicker For(IReadOnlyList<LiveEndpoint> endpoints) =>
        _table?.IsOf(endpoints) == true ? this : new ConsistentHashPicker(_build, _random, _build(endpoints));

    public LiveEndpoint Pick(ReadOnlySpan<LiveEndpoint> candidates, in PickContext context) =>
        (context.Key is { } key ? Find(key, candidates) : null) ?? WeightedDraw.Draw(candidates, context, _random);

    private LiveEndpoint? Find(ulong key, ReadOnlySpan<LiveEndpoint> candidates)
    {
        if (_table is null or { Endpoints.Length: 0 }) return null;
        var all = candidates.Length == _table.Endpoints.Length;
        for (int slot = _table.SlotOf(key), left = _table.SlotCount; left > 0; left--)
        {
            var endpoint = _table.EndpointAt(slot);
            if (all || Contains(candidates, endpoint)) return endpoint;
            if (++slot == _table.SlotCount) slot = 0;
        }
        return null;
    }

    private static bool Contains(ReadOnlySpan<LiveEndpoint> candidates, LiveEndpoint endpoint)
    {
        foreach (var candidate in candidates)
        {
            if (ReferenceEquals(candidate, endpoint)) return true;
        }
        return false;
    }
}
