using System.Buffers;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>The best of some endpoints for one attempt: all that are as good as the best, in an array that is given back.</summary>
internal ref struct Shortlist : IDisposable
{
    private LiveEndpoint[] _endpoints;
    private int _count;

    /// <summary>How good they are; <see cref="Rank.Out"/> where there is none.</summary>
    public Rank Rank { get; private set; }

    public readonly ReadOnlySpan<LiveEndpoint> Endpoints => _endpoints.AsSpan(0, _count);

    /// <param name="endpoints">To choose from.</param>
    /// <param name="attempt">What the choice is for.</param>
    public static Shortlist Of(ReadOnlySpan<LiveEndpoint> endpoints, in Ranking attempt)
    {
        var list = new Shortlist { _endpoints = ArrayPool<LiveEndpoint>.Shared.Rent(endpoints.Length), Rank = Rank.Out };
        foreach (var endpoint in endpoints) list.Consider(endpoint, attempt.RankOf(endpoint));
        return list;
    }

    public readonly void Dispose() => ArrayPool<LiveEndpoint>.Shared.Return(_endpoints, clearArray: true);

    private void Consider(LiveEndpoint endpoint, Rank rank)
    {
        if (rank > Rank || rank == Rank.Out) return;
        if (rank < Rank) (Rank, _count) = (rank, 0);
        _endpoints[_count++] = endpoint;
    }
}
