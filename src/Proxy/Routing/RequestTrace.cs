namespace Mesh.Proxy.Routing;

/// <summary>
/// What became of one outbound request on its way through the stack: written by the handlers, read at the edge for metrics and
/// errors. It travels in <see cref="HttpRequestMessage.Options"/>; one request at a time writes it, so it takes no lock.
/// </summary>
internal sealed class RequestTrace
{
    public static readonly HttpRequestOptionsKey<RequestTrace> Key = new("mesh.trace");

    private List<Attempt>? _attempts;

    /// <summary>Every attempt in order; more than one where the request was sent again.</summary>
    public IReadOnlyList<Attempt> Attempts => _attempts ?? (IReadOnlyList<Attempt>)[];

    /// <summary>A retry was due and the budget refused it.</summary>
    public bool BudgetExhausted { get; set; }

    public void Add(Attempt attempt) => (_attempts ??= new(1)).Add(attempt);
}

/// <summary>One attempt: the endpoint (<c>10.0.0.7:8080</c>), a status code or the failure's name, and how long it took.</summary>
internal readonly record struct Attempt(string Endpoint, string Outcome, TimeSpan Duration);
