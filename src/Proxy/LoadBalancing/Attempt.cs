using Grpc.Core;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// One send of a request to an endpoint, from the lease of the endpoint to the end of its answer. The endpoint is told exactly once
/// what became of it: at the head where that is a failure already, else at the answer's end, where a body may have broken off and
/// trailers may hold a gRPC status.
/// </summary>
/// <remarks>
/// It belongs to one at a time: whoever sends, then whoever compares answers (retries, hedges), then the edge that passes the answer
/// on. Each finishes what it doesn't hand on. Two attempts of a request may be under way at once.
/// </remarks>
internal sealed class Attempt(Lease lease)
{
    private static readonly HttpRequestOptionsKey<Attempt> Key = new("mesh.attempt");

    private const int AnsweredFlag = 1;
    private const int ReportedFlag = 2;
    private const int CompletedFlag = 4;

    private IDisposable? _permit;
    private int _state;

    /// <summary>Where it goes; leased until it is complete.</summary>
    public LiveEndpoint Endpoint => lease.Endpoint;

    /// <summary>A timestamp: when the endpoint was picked.</summary>
    public long Started => lease.At;

    /// <summary>
    /// A status code (<c>503</c>), a gRPC status, or the failure's name (<c>ConnectFailure</c>, <c>RefusedStream</c>, <c>Reset</c>,
    /// <c>AttemptTimeout</c>, <c>Cancelled</c>). While it is under way it is what it would be if nobody waited any longer.
    /// </summary>
    public string Outcome { get; private set; } = nameof(AttemptEnd.Cancelled);

    /// <summary>The time to the answer's head, or to the failure.</summary>
    public TimeSpan Duration => Verdict.Duration;

    /// <summary>What has become of it so far.</summary>
    public AttemptVerdict Verdict { get; private set; } = new(AttemptEnd.Cancelled, Status: 0, GrpcStatus: null, TimeSpan.Zero);

    /// <summary>The attempt that a request inside the stack is part of; null before an endpoint is picked.</summary>
    public static Attempt? Of(HttpRequestMessage request) =>
        request is AttemptedRequest knowing ? knowing.Attempt : request.Options.TryGetValue(Key, out var attempt) ? attempt : null;

    /// <summary>The attempt whose answer this is; null where it is no endpoint's.</summary>
    public static Attempt? Of(HttpResponseMessage response) =>
        response.RequestMessage is { } request ? Of(request) : null;

    /// <summary>Makes this the attempt that the request is part of.</summary>
    public void Send(HttpRequestMessage request)
    {
        if (request is AttemptedRequest knowing) knowing.Attempt = this;
        else request.Options.Set(Key, this);
    }

    /// <summary>The head has come.</summary>
    /// <param name="outcome">See <see cref="Outcome"/>.</param>
    /// <param name="verdict">As far as the head tells.</param>
    public void Answered(string outcome, in AttemptVerdict verdict)
    {
        Outcome = outcome;
        Verdict = verdict;
        Interlocked.Or(ref _state, AnsweredFlag);
        // Nothing that follows can make these better.
        if (verdict is { End: AttemptEnd.Shed } or { Status: >= 500 } or { GrpcStatus: > 0 }) Report();
    }

    /// <summary>There will be no answer.</summary>
    public void Failed(string outcome, AttemptEnd end, TimeSpan duration)
    {
        Outcome = outcome;
        Verdict = new(end, Status: 0, GrpcStatus: null, duration);
        Complete();
    }

    /// <summary>Keeps something until the answer has ended. Not to be called once the answer has been handed on.</summary>
    public void Hold(IDisposable permit) => _permit = permit;

    /// <summary>The answer has ended.</summary>
    /// <param name="end">How.</param>
    /// <param name="grpcStatus">From the trailers, where there was one.</param>
    public void Complete(AttemptEnd end, int? grpcStatus)
    {
        if (grpcStatus > 0) Outcome = ((StatusCode)grpcStatus).ToString();
        Verdict = Verdict with { End = Verdict.End == AttemptEnd.Answered ? end : Verdict.End, GrpcStatus = grpcStatus ?? Verdict.GrpcStatus };
        Complete();
    }

    /// <summary>An answer that goes nowhere: it is judged by its head. One that is under way is left to whoever sends it.</summary>
    public void Discard()
    {
        if ((Volatile.Read(ref _state) & AnsweredFlag) != 0) Complete();
    }

    private void Complete()
    {
        Report();
        if ((Interlocked.Or(ref _state, CompletedFlag) & CompletedFlag) != 0) return;
        Endpoint.Release();
        _permit?.Dispose();
    }

    private void Report()
    {
        if ((Interlocked.Or(ref _state, ReportedFlag) & ReportedFlag) == 0) lease.Report(Verdict);
    }
}
