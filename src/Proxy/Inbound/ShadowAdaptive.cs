using Mesh.Proxy.Inbound.Concurrency;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Shadow;

namespace Mesh.Proxy.Inbound;

/// <summary>
/// The adaptive limit: requests that it would have shed. They reach the application all the same and make it slower than the limit
/// would have left it, so that under an overload more are counted than would have been shed.
/// </summary>
internal sealed class ShadowAdaptive(AdaptiveLimiter limiter, PriorityRules priorities, ShadowTally tally) : ShadowObserver
{
    public override object? Begin(ShadowedRequest request)
    {
        var place = limiter.TryEnter(priorities.Of(request.Message, request.Trace.Caller));
        if (place is null) tally.Count(ShadowEffect.Concurrency);
        return place;
    }

    public override void Head(ShadowedRequest request, object? state) => (state as Place)?.End(EndOf(request));

    private static PlaceEnd EndOf(ShadowedRequest request) =>
        request.IsAbandoned ? PlaceEnd.Abandoned
        : request.Answer is { } answer && !AdaptiveConcurrencyHandler.IsFailure(answer) ? PlaceEnd.Answered
        : PlaceEnd.Failed;
}
