using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Inbound.Concurrency;

/// <summary>
/// Ends what the application doesn't bear on top of what it has, what matters least first. A request counts until its answer's
/// head: what streams afterwards takes as long as it takes, and says nothing of how busy the application is.
/// </summary>
/// <param name="destination">Whose limit it is, for errors.</param>
/// <param name="limiter">The limit.</param>
/// <param name="priorities">What matters how much.</param>
/// <param name="shed">Told the priority of a request that was shed.</param>
/// <param name="time">The clock.</param>
internal sealed class AdaptiveConcurrencyHandler(string destination, AdaptiveLimiter limiter, PriorityRules priorities, Action<string> shed, TimeProvider time)
    : DelegatingHandler
{
    // An overload passes within seconds or needs more replicas: later than this there is nothing to be known.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    // A body still on its way after this long is the client's own time.
    private static readonly TimeSpan UploadPatience = TimeSpan.FromSeconds(1);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var level = priorities.Of(request, RequestTrace.Of(request).Caller);
        return limiter.TryEnter(level) is { } place
            ? SendAdmittedAsync(request, place, cancellationToken)
            : Task.FromResult<HttpResponseMessage>(Refuse(request, level));
    }

    private async Task<HttpResponseMessage> SendAdmittedAsync(HttpRequestMessage request, Place place, CancellationToken cancellationToken)
    {
        if (request.Content is { } body) request.Content = new SentContent(body, () => place.Sent(time.GetTimestamp()));
        var end = PlaceEnd.Failed;
        try
        {
            var answer = base.SendAsync(request, cancellationToken);
            var isUploading = request.Content is not null && !place.IsSent && !answer.IsCompleted;
            using var patience = isUploading ? time.CreateTimer(static place => ((Place)place!).GiveUpUnlessSent(), place, UploadPatience, Timeout.InfiniteTimeSpan) : null;
            var response = await answer;
            if (!IsFailure(response)) end = PlaceEnd.Answered;
            return response;
        }
        catch (OperationCanceledException)
        {
            end = PlaceEnd.Abandoned;
            throw;
        }
        finally
        {
            place.End(end);
        }
    }

    private RefusedResponse Refuse(HttpRequestMessage request, PriorityLevel level)
    {
        shed(level.Name);
        var reason = new MeshException(MeshErrorCode.Overloaded,
            $"{destination}: concurrency.adaptive has found that the application bears {limiter.Limit} requests at a time, and it has {limiter.InFlight} (priority {level.Name})")
        {
            RetryAfter = RetryAfter,
        };
        return new RefusedResponse(reason, request);
    }

    public static bool IsFailure(HttpResponseMessage response) =>
        (int)response.StatusCode >= 500
        || (MessageFields.TryGet(response, "grpc-status", out var status) && status != "0");
}
