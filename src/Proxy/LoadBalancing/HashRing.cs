namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// A circle of points, many for each endpoint; a key belongs to the first point that follows it.
/// Source: Karger et al., "Consistent Hashing and Random Trees"; 160 points for each server are libketama's.
/// </summary>
/// <remarks>
/// An endpoint's points depend on its own address and weight alone, so that one that comes takes keys from others and moves none
/// between them. Beyond <see cref="MaxPoints"/> all have a half, a quarter... of their points.
/// </remarks>
internal sealed class HashRing : HashTable
{
    // 3 MB, reached by 1,638 endpoints of the default weight.
    private const int MaxPoints = 1 << 18;
    private const double PointsPerWeight = 160.0 / LiveEndpoint.DefaultWeight;

    private readonly ulong[] _points;
    private readonly int[] _owners;

    public HashRing(IReadOnlyList<LiveEndpoint> endpoints)
        : base(Sorted(endpoints))
    {
        var scale = 1.0;
        while (Endpoints.Sum(endpoint => (long)PointsOf(endpoint, scale)) > MaxPoints && scale > 1e-6) scale /= 2;

        var count = Endpoints.Sum(endpoint => PointsOf(endpoint, scale));
        (_points, _owners) = (new ulong[count], new int[count]);
        var next = 0;
        for (var owner = 0; owner < Endpoints.Length; owner++)
        {
            for (var point = 0; point < PointsOf(Endpoints[owner], scale); point++, next++)
            {
                (_points[next], _owners[next]) = (HashOf(Endpoints[owner], point), owner);
            }
        }
        Array.Sort(_points, _owners);
    }

    public override int SlotCount => _points.Length;

    public override int SlotOf(ulong key)
    {
        var found = Array.BinarySearch(_points, key);
        var slot = found >= 0 ? found : ~found;
        return slot == _points.Length ? 0 : slot;
    }

    public override LiveEndpoint EndpointAt(int slot) => Endpoints[_owners[slot]];

    private static int PointsOf(LiveEndpoint endpoint, double scale) => Math.Max(1, (int)(endpoint.Weight * PointsPerWeight * scale));
}
