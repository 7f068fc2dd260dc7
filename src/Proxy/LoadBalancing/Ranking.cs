namespace Mesh.Proxy.LoadBalancing;

/// <summary>Ranks endpoints for one attempt.</summary>
/// <param name="tried">The request's attempts so far.</param>
/// <param name="now">The timestamp of the pick.</param>
/// <param name="mayProbe">Whether the attempt could be the probe of an ejected endpoint that awaits one.</param>
/// <param name="isPanic">Too few are left: whether an endpoint is ejected or set aside makes no difference.</param>
internal readonly ref struct Ranking(IReadOnlyList<Attempt> tried, long now, bool mayProbe, bool isPanic)
{
    public Rank RankOf(LiveEndpoint endpoint)
    {
        var isTried = IsTried(endpoint);
        if (isPanic) return isTried ? Rank.Tried : Rank.Fresh;
        if (endpoint.Breaker is { IsClosed: false } breaker && !(mayProbe && breaker.AwaitsProbe(now))) return Rank.Out;
        if (endpoint.SetAside.IsActiveAt(now)) return isTried ? Rank.SetAsideAndTried : Rank.SetAside;
        return isTried ? Rank.Tried : Rank.Fresh;
    }

    private bool IsTried(LiveEndpoint endpoint)
    {
        for (var i = 0; i < tried.Count; i++)
        {
            if (ReferenceEquals(tried[i].Endpoint, endpoint)) return true;
        }
        return false;
    }
}
