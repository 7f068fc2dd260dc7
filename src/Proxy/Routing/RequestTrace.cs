using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Routing;

/// <summary>
/// What became of one outbound request on its way through the stack: written by the handlers, read at the edge for metrics and
/// errors. It travels in <see cref="HttpRequestMessage.Options"/>; one request at a time writes it, so it takes no lock.
/// </summary>
/// <remarks>
/// The edge disposes it once the answer has been passed on whole, upgrades included: until then the endpoint counts the request
/// as in flight, and is kept though the destination may have dropped it.
/// <para>Every attempt but the last was retried, for the reason that is its outcome.</para>
/// </remarks>
internal sealed class RequestTrace : IDisposable
{
    public static readonly HttpRequestOptionsKey<RequestTrace> Key = new("mesh.trace");

    private List<Attempt>? _attempts;

    /// <summary>Who sent the request.</summary>
    public Caller Caller { get; init; } = new("", null);

    /// <summary>Every attempt in order; more than one where the request was sent again.</summary>
    public IReadOnlyList<Attempt> Attempts => _attempts ?? (IReadOnlyList<Attempt>)[];

    /// <summary>A retry was due and the budget refused it.</summary>
    public bool BudgetExhausted { get; set; }

    /// <summary>The endpoint that the attempt under way, or the last one, went to.</summary>
    public LiveEndpoint? Endpoint { get; private set; }

    /// <summary>The trace of a request inside the stack.</summary>
    public static RequestTrace Of(HttpRequestMessage request) =>
        request.Options.TryGetValue(Key, out var trace)
            ? trace
            : throw new InvalidOperationException($"{request.Method} {request.RequestUri}: sent to a destination without a {nameof(RequestTrace)} in its options");

    public void Add(Attempt attempt) => (_attempts ??= new(1)).Add(attempt);

    /// <summary>Takes over the lease of an endpoint, and lets go of the one before.</summary>
    public void Hold(LiveEndpoint endpoint)
    {
        Endpoint?.Release();
        Endpoint = endpoint;
    }

    public void Dispose()
    {
        Endpoint?.Release();
        Endpoint = null;
    }
}
