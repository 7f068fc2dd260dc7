namespace Mesh.Proxy.Forwarding;

/// <summary>
/// How the mark goes on from hop to hop. Beside the client it is written down by its trace. Beside the server it goes onto a failure
/// of the application's that says so itself, or during which a call of the same trace came back with it.
/// </summary>
/// <param name="traces">What connects the two sides.</param>
/// <param name="direction">Which side this is.</param>
/// <param name="started">When the request came: a timestamp.</param>
internal readonly struct RetryMarking(ExhaustedTraces traces, Direction direction, long started)
{
    /// <param name="request">As it came.</param>
    /// <param name="isMarked">Whether the answer carries the mark.</param>
    /// <param name="hasFailed">Whether the answer is a failure.</param>
    /// <returns>Whether the answer is to carry it on.</returns>
    public bool GoesOn(HttpRequest request, bool isMarked, bool hasFailed)
    {
        if (!hasFailed) return false;
        if (direction is Direction.Inbound) return isMarked || traces.Contains(request.Headers.TraceParent, started);
        if (isMarked) traces.Add(request.Headers.TraceParent);
        return isMarked;
    }
}
