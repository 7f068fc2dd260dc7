using Mesh.Proxy.CircuitBreaking;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>An endpoint that was picked for one attempt, and who is to learn what becomes of it.</summary>
/// <param name="Endpoint">It counts the attempt as in flight until it is released.</param>
/// <param name="Judge">Null: nobody.</param>
/// <param name="Breaker">The endpoint's at the time of the pick; null where it has none.</param>
/// <param name="Ticket">What the breaker let the attempt through with; <see cref="CircuitBreaking.Breaker.NoTicket"/> where none did.</param>
/// <param name="At">A timestamp: when it was picked.</param>
internal readonly record struct Lease(LiveEndpoint Endpoint, IEndpointJudge? Judge = null, Breaker? Breaker = null, long Ticket = Breaker.NoTicket, long At = 0)
{
    public void Report(in AttemptVerdict verdict) => Judge?.Report(this, verdict);
}
