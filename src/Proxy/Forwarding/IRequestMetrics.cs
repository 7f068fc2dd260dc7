namespace Mesh.Proxy.Forwarding;

/// <summary>Counts the requests to one upstream.</summary>
internal interface IRequestMetrics
{
    /// <param name="context">Whose answer has ended.</param>
    /// <param name="exchange">What was learnt on the way; null where the request was never forwarded.</param>
    /// <param name="failure">Null where the upstream answered to the end.</param>
    /// <param name="elapsed">From the request's head to its answer's end.</param>
    void Record(HttpContext context, Exchange? exchange, Failure? failure, TimeSpan elapsed);
}
