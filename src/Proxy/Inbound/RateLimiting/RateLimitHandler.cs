using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Inbound.RateLimiting;

/// <summary>Ends what the rate limits don't let through, and tells every client how much it has left.</summary>
/// <param name="destination">Whose limits they are, for errors.</param>
/// <param name="limiter">The limits.</param>
/// <param name="refused">Told the limit that refused a request.</param>
internal sealed class RateLimitHandler(string destination, RateLimiter limiter, Action<string> refused) : DelegatingHandler
{
    // draft-ietf-httpapi-ratelimit-headers-10 allows them on every response, whatever its status.
    private const string RateLimit = "RateLimit";
    private const string RateLimitPolicy = "RateLimit-Policy";

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var verdict = limiter.Admit(request, RequestTrace.Of(request).Caller);
        return verdict.Admitted ? SendAdmittedAsync(request, verdict, cancellationToken) : Task.FromResult<HttpResponseMessage>(Refuse(request, verdict));
    }

    private async Task<HttpResponseMessage> SendAdmittedAsync(HttpRequestMessage request, RateLimitVerdict verdict, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        Tell(response, verdict);
        return response;
    }

    private RefusedResponse Refuse(HttpRequestMessage request, RateLimitVerdict verdict)
    {
        refused(verdict.Limit.Name);
        var reason = new MeshException(MeshErrorCode.RateLimited, $"{destination}: rateLimit.{verdict.Limit.Name} ({verdict.Limit.Rate}) is used up")
        {
            RetryAfter = verdict.Take.Reset,
        };
        var response = new RefusedResponse(reason, request);
        Tell(response, verdict);
        return response;
    }

    private void Tell(HttpResponseMessage response, RateLimitVerdict verdict)
    {
        MessageFields.Add(response, RateLimitPolicy, limiter.Policy);
        MessageFields.Add(response, RateLimit, verdict.Limit.Say(verdict.Take));
    }
}
