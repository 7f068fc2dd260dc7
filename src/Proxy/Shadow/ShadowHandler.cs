using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Shadow;

/// <summary>Has a shadow policy's observers see what passes. It stands above everything that the policy in force does, and changes nothing.</summary>
internal sealed class ShadowHandler(ShadowObserver[] observers, ShadowTally tally, TimeProvider time) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        tally.CountRequest();
        var start = time.GetTimestamp();
        var shadowed = new ShadowedRequest(request, observers);
        shadowed.Begin();
        HttpResponseMessage? answer = null;
        try
        {
            return answer = await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            shadowed.Head(time.GetElapsedTime(start), answer, isAbandoned: answer is null && cancellationToken.IsCancellationRequested);
        }
    }
}
