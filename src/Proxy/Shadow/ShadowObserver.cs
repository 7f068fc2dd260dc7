using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Shadow;

/// <summary>One concern of a shadow policy: sees each request as it comes, is answered, and ends, and counts what it would have done.</summary>
internal abstract class ShadowObserver
{
    /// <summary>The request has come, and has not been sent.</summary>
    /// <returns>What the observer wants to have with it in the calls that follow; null where it wants none.</returns>
    public virtual object? Begin(ShadowedRequest request) => null;

    /// <summary>The head of the answer has come, or there will be none.</summary>
    public virtual void Head(ShadowedRequest request, object? state)
    {
    }

    /// <summary>The answer has ended, and every attempt with it.</summary>
    /// <param name="request">Which.</param>
    /// <param name="state">From <see cref="Begin"/>.</param>
    /// <param name="verdict">On the attempt that decided it.</param>
    public virtual void End(ShadowedRequest request, object? state, in AttemptVerdict verdict)
    {
    }
}
