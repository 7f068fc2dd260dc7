using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Routing;

/// <summary>
/// What became of one outbound request on its way through the stack: written by the handlers, read at the edge for metrics and
/// errors. It travels with the request. Several attempts may be under way at once, and add themselves
/// without a lock; all else is written by one handler at a time.
/// </summary>
/// <remarks>
/// The edge disposes it once the answer has been passed on whole, upgrades included: until then the endpoint counts the request
/// as in flight, and is kept though the destination may have dropped it.
/// </remarks>
internal sealed class RequestTrace : IDisposable
{
    public static readonly HttpRequestOptionsKey<RequestTrace> Key = new("mesh.trace");

    private Attempt[] _attempts = [];
    private List<string>? _retries;
    private Attempt? _answering;
    private List<IAttemptObserver>? _observers;

    /// <summary>Who sent the request.</summary>
    public Caller Caller { get; init; } = new("", null);

    /// <summary>Every attempt in the order of their starts; more than one where the request was sent again.</summary>
    public IReadOnlyList<Attempt> Attempts => Volatile.Read(ref _attempts);

    /// <summary>For each retry, the outcome that it was made for.</summary>
    public IReadOnlyList<string> Retries => _retries ?? (IReadOnlyList<string>)[];

    /// <summary>When the answer's head has to be there: a timestamp of the time provider's. Null: whenever it comes.</summary>
    public long? Deadline { get; set; }

    /// <summary>timeouts.request, where <see cref="Deadline"/> comes of that and not of what the client asked for.</summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>When a gRPC call, its stream included, is to be over as its client says; null where it doesn't say.</summary>
    public long? CallDeadline { get; set; }

    /// <summary>A second attempt was made while the first was under way.</summary>
    public bool Hedged { get; set; }

    /// <summary>And its answer came first.</summary>
    public bool HedgeWon { get; set; }

    /// <summary>A fault of the policy's held it up.</summary>
    public bool FaultDelayed { get; set; }

    /// <summary>A fault of the policy's ended it.</summary>
    public bool FaultAborted { get; set; }

    /// <summary>Ends the answer's body where it stands still; null where nothing does.</summary>
    public IdleWatch? Idle { get; set; }

    /// <summary>A retry or a hedge was due and the budget refused it.</summary>
    public bool BudgetExhausted { get; set; }

    /// <summary>The last failure would have been retried, had there been a retry left, the time for it, or room in the budget.</summary>
    public bool RetriesExhausted { get; set; }

    /// <summary>The trace of a request inside the stack.</summary>
    public static RequestTrace Of(HttpRequestMessage request) =>
        request is ReceivedRequest received ? received.Trace
            : request.Options.TryGetValue(Key, out var trace) ? trace
            : throw new InvalidOperationException($"{request.Method} {request.RequestUri}: sent to a destination without a {nameof(RequestTrace)} in its options");

    /// <summary>Begins an attempt, which takes over the caller's lease.</summary>
    public Attempt Begin(in Lease lease)
    {
        var attempt = new Attempt(lease);
        Attempt[] before;
        do
        {
            before = Volatile.Read(ref _attempts);
        }
        while (Interlocked.CompareExchange(ref _attempts, [.. before, attempt], before) != before);
        return attempt;
    }

    public void AddRetry(string reason) => (_retries ??= new(1)).Add(reason);

    /// <summary>Has someone told what became of the request: once, when it is over, by the attempt that decided it.</summary>
    public void Watch(IAttemptObserver observer) => (_observers ??= new(1)).Add(observer);

    /// <summary>This answer is passed on.</summary>
    public void Answer(HttpResponseMessage response) => _answering = Attempt.Of(response);

    /// <summary>The answer that was passed on has ended.</summary>
    /// <param name="end">How.</param>
    /// <param name="grpcStatus">From the trailers, where there was one.</param>
    public void End(AttemptEnd end, int? grpcStatus) => _answering?.Complete(end, grpcStatus);

    public void Dispose()
    {
        var attempts = Volatile.Read(ref _attempts);
        foreach (var attempt in attempts) attempt.Discard();
        if (_observers is null) return;
        var verdict = (_answering ?? attempts.LastOrDefault())?.Verdict ?? new(AttemptEnd.Cancelled, Status: 0, GrpcStatus: null, TimeSpan.Zero);
        foreach (var observer in _observers) observer.Report(verdict);
        _observers = null;
    }
}
