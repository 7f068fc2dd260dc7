using System.Collections.Concurrent;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Outbound;

/// <summary>
/// Authorities that no operator has answered for a moment ago. One connection has waited for that; while the outage lasts, the next
/// ones needn't each.
/// </summary>
internal sealed class UnansweredAuthorities(TimeProvider clock)
{
    internal const int Capacity = 1024;

    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<Authority, long> _since = new();

    public void Add(Authority authority)
    {
        if (_since.Count >= Capacity) _since.Clear();
        _since[authority] = clock.GetTimestamp();
    }

    public bool Contains(Authority authority) => _since.TryGetValue(authority, out var since) && clock.GetElapsedTime(since) < Kept;
}
