using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Shadow;

/// <summary>A request on its way, under the eyes of a shadow policy's observers.</summary>
internal sealed class ShadowedRequest : IAttemptObserver
{
    private readonly ShadowObserver[] _observers;
    private readonly object?[] _states;

    public ShadowedRequest(HttpRequestMessage message, ShadowObserver[] observers)
    {
        (Message, Trace, _observers) = (message, RequestTrace.Of(message), observers);
        _states = new object?[observers.Length];
    }

    /// <summary>As it came.</summary>
    public HttpRequestMessage Message { get; }

    public RequestTrace Trace { get; }

    /// <summary>From its beginning to the head of the answer, or to the failure.</summary>
    public TimeSpan TimeToHead { get; private set; }

    /// <summary>The answer; null where there is none.</summary>
    public HttpResponseMessage? Answer { get; private set; }

    /// <summary>Nobody waited for the answer any more.</summary>
    public bool IsAbandoned { get; private set; }

    public void Begin()
    {
        for (var i = 0; i < _observers.Length; i++) _states[i] = _observers[i].Begin(this);
        Trace.Watch(this);
    }

    public void Head(TimeSpan elapsed, HttpResponseMessage? answer, bool isAbandoned)
    {
        (TimeToHead, Answer, IsAbandoned) = (elapsed, answer, isAbandoned);
        for (var i = 0; i < _observers.Length; i++) _observers[i].Head(this, _states[i]);
    }

    public void Report(in AttemptVerdict verdict)
    {
        for (var i = 0; i < _observers.Length; i++) _observers[i].End(this, _states[i], verdict);
    }
}
