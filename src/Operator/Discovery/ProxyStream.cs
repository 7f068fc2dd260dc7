using Grpc.Core;

namespace Mesh.Operator.Discovery;

/// <summary>
/// An open stream to a proxy: what it subscribes to, and what is due to it. What is due is kept as names, so that a proxy that
/// reads slowly is owed the newest state of what it subscribes to and never a backlog.
/// </summary>
/// <param name="proxy">Who is at its other end.</param>
/// <param name="node">The node that the proxy runs on; empty where it is not known.</param>
internal sealed class ProxyStream(ProxyName proxy, string node = "") : IDisposable
{
    private readonly WakeSignal _signal = new();
    private readonly CancellationTokenSource _ended = new();

    public ProxyName Proxy { get; } = proxy;

    public string Node { get; } = node;

    /// <summary>By the authority's text. Guarded by the table, as are the three below.</summary>
    public Dictionary<string, Subscription> Subscriptions { get; } = new(StringComparer.Ordinal);

    /// <summary>By the destination's text.</summary>
    public Dictionary<string, StreamDestination> Destinations { get; } = new(StringComparer.Ordinal);

    public PendingSet<Subscription> PendingResolutions { get; } = new();

    public PendingSet<StreamDestination> PendingUpdates { get; } = new();

    /// <summary>Cancelled when the operator ends the stream; <see cref="EndReason"/> then says why.</summary>
    public CancellationToken Ended => _ended.Token;

    public RpcException? EndReason { get; private set; }

    /// <summary>Something is due.</summary>
    public void Wake() => _signal.Wake();

    /// <summary>Waits until something is due, or until it is woken for another reason.</summary>
    public ValueTask WaitAsync() => _signal.WaitAsync();

    /// <summary>
    /// Ends the stream from the operator's side; the first reason counts. What waits for the end goes on elsewhere: the caller holds
    /// the table's lock.
    /// </summary>
    public void End(StatusCode code, string reason)
    {
        EndReason ??= new RpcException(new(code, reason));
        _ = _ended.CancelAsync();
    }

    public void Dispose() => _ended.Dispose();
}
