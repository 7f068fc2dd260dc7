namespace Mesh.Proxy.Listening;

/// <summary>
/// Whether this proxy is about to go: it still accepts and serves, and asks those who come in to go elsewhere
/// (<c>Connection: close</c>, GOAWAY). What goes out is served as ever.
/// </summary>
internal sealed class Drain : IDisposable
{
    private readonly CancellationTokenSource _begun = new();

    public bool HasBegun => _begun.IsCancellationRequested;

    /// <summary>More than once is as good as once.</summary>
    public void Begin() => _begun.Cancel();

    /// <summary>Does something when it begins, or now where it has.</summary>
    /// <param name="action">Must not throw.</param>
    public IDisposable OnBegin(Action action) => _begun.Token.Register(action);

    public void Dispose() => _begun.Dispose();
}
