namespace Mesh.Proxy.LoadBalancing;

/// <summary>How an attempt ended.</summary>
internal enum AttemptEnd
{
    /// <summary>With an answer; its status says what it is worth.</summary>
    Answered,

    /// <summary>With an answer that the endpoint's sidecar made to spare the application: it is busy, which is no failure.</summary>
    Shed,

    /// <summary>No connection could be established, by this proxy or, as its answer says, by the endpoint's sidecar to the application.</summary>
    ConnectFailed,

    /// <summary>The endpoint refused the stream unread.</summary>
    RefusedStream,

    /// <summary>The connection broke before the answer's head came.</summary>
    Reset,

    /// <summary>The head did not come within timeouts.attempt, or in what was the larger part of timeouts.request.</summary>
    TimedOut,

    /// <summary>The answer's body broke off, or stood still for longer than timeouts.idle.</summary>
    BrokenOff,

    /// <summary>Nobody waited for it any more: the client left, the request's time was up, or another attempt was faster. Says nothing about the endpoint.</summary>
    Cancelled,
}
