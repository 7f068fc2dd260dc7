namespace Mesh.Proxy.Http1;

/// <summary>
/// A body that is sent once the server asks for it, or doesn't answer for a while: RFC 9110 section 10.1.1.
/// </summary>
internal sealed class Expectation : IDisposable
{
    // What clients wait before they send it all the same.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // Bytes. What is as small is sent though nobody wants it: it costs less than the connection.
    private const long SmallBody = 1024;

    private readonly TaskCompletionSource<bool> _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;

    public Expectation(TimeProvider time) =>
        _timer = time.CreateTimer(static self => ((Expectation)self!).Decide(isSent: true), this, Patience, Timeout.InfiniteTimeSpan);

    /// <summary>Whether the body is to be sent.</summary>
    public Task<bool> IsSent => _decided.Task;

    /// <summary>The server has asked for it.</summary>
    public void Continue() => Decide(isSent: true);

    /// <summary>The server has answered without having asked, unless it has.</summary>
    /// <param name="status">The answer's.</param>
    /// <param name="length">The body's; -1 where it isn't known.</param>
    /// <returns>Whether the body is sent after that.</returns>
    public bool Answered(int status, long length)
    {
        var isSent = status < 300 || length is >= 0 and <= SmallBody;
        return Decide(isSent) && isSent;
    }

    public void Dispose()
    {
        _timer.Dispose();
        Decide(isSent: false);
    }

    private bool Decide(bool isSent) => _decided.TrySetResult(isSent);
}
