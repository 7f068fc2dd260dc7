using System.Globalization;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>
/// Holds a request to its deadline, the tightest of timeouts.request and what the request carries, and passes the deadline on. What
/// comes too late is refused before anything is sent.
/// </summary>
/// <param name="upstream">Where requests go, for errors.</param>
/// <param name="timeout">timeouts.request; null where the policy has none.</param>
/// <param name="time">Its wall clock reads the deadlines that others wrote.</param>
internal sealed class DeadlineHandler(string upstream, TimeSpan? timeout, TimeProvider time) : TimeLimitHandler(time)
{
    // What timers take: 2^32 - 2 milliseconds, 49 days. A deadline beyond is none.
    private const long LongestMilliseconds = uint.MaxValue - 1;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (timeout is null && !CarriedDeadline.IsIn(request)) return base.SendAsync(request, cancellationToken);
        var now = Time.GetUtcNow().ToUnixTimeMilliseconds();
        var carried = CarriedDeadline.Read(request, now, out var callTimeout);
        if (carried - now > LongestMilliseconds) carried = long.MaxValue;
        var own = timeout is { } limit ? now + (long)limit.TotalMilliseconds : long.MaxValue;
        var deadline = Math.Min(own, carried);
        if (deadline == long.MaxValue) return base.SendAsync(request, cancellationToken);
        if (deadline <= now) return Task.FromResult<HttpResponseMessage>(new RefusedResponse(Late(now - deadline), request));

        var remainder = TimeSpan.FromMilliseconds(deadline - now);
        var trace = RequestTrace.Of(request);
        trace.Deadline = Time.GetTimestamp() + Timestamps(remainder);
        if (own <= carried) trace.Timeout = timeout;
        if (callTimeout is { } whole) trace.CallDeadline = Time.GetTimestamp() + Timestamps(whole);
        CarriedDeadline.Write(request, deadline);
        return SendWithinAsync(remainder, request, own <= carried ? RequestTimedOut : DeadlinePassed, cancellationToken);
    }

    // The policy that set the time is known here, and not there.
    protected override bool IsTimedOutBelow(HttpRequestMessage request, HttpResponseMessage response) =>
        RequestTrace.Of(request).Timeout is not null && AttemptOutcome.IsDeadlineExceeded(response);

    private long Timestamps(TimeSpan span) => (long)(span.TotalSeconds * Time.TimestampFrequency);

    private MeshException RequestTimedOut(HttpRequestMessage request) => new(MeshErrorCode.RequestTimeout,
        $"{upstream} did not answer within timeouts.request ({timeout:g}) in {RequestTrace.Of(request).Attempts.Count} attempts");

    private MeshException DeadlinePassed(HttpRequestMessage request) => new(MeshErrorCode.DeadlineExceeded,
        $"{upstream} did not answer by the deadline that the request carries, in {RequestTrace.Of(request).Attempts.Count} attempts");

    private MeshException Late(long milliseconds) => new(MeshErrorCode.DeadlineExceeded,
        string.Create(CultureInfo.InvariantCulture, $"the request's deadline passed {milliseconds} ms before it was to be sent to {upstream}"));
}
