using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// Says which endpoint a key belongs to, the same on every proxy that has the same endpoints, and mostly the same when one comes or
/// goes. Slots follow one another round a circle.
/// </summary>
internal abstract class HashTable(LiveEndpoint[] endpoints)
{
    private readonly int[] _weights = Array.ConvertAll(endpoints, endpoint => endpoint.Weight);

    /// <summary>Those that it was built for, in the order of their keys.</summary>
    public LiveEndpoint[] Endpoints => endpoints;

    /// <summary>Says whether it would come out the same if it were built for these.</summary>
    public bool IsOf(IReadOnlyList<LiveEndpoint> others)
    {
        if (others.Count != endpoints.Length) return false;
        var sorted = Sorted(others);
        for (var i = 0; i < sorted.Length; i++)
        {
            if (!ReferenceEquals(sorted[i], endpoints[i]) || sorted[i].Weight != _weights[i]) return false;
        }
        return true;
    }

    public abstract int SlotCount { get; }

    public abstract int SlotOf(ulong key);

    public abstract LiveEndpoint EndpointAt(int slot);

    /// <summary>The hash of what a request sticks to. It must never change: proxies of two versions serve side by side.</summary>
    public static ulong HashOf(ReadOnlySpan<char> text) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text));

    protected static LiveEndpoint[] Sorted(IReadOnlyList<LiveEndpoint> endpoints) => [.. endpoints.OrderBy(endpoint => endpoint.Key, StringComparer.Ordinal)];

    /// <param name="endpoint">Its key is hashed: nothing that another proxy might know otherwise.</param>
    /// <param name="seed">For a hash independent of those with other seeds.</param>
    protected static ulong HashOf(LiveEndpoint endpoint, long seed) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(endpoint.Key.AsSpan()), seed);
}
