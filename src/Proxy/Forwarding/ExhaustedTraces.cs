using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// The traces (W3C Trace Context) in which this application's calls have come back with <see cref="RetryMark"/>: how the sidecar
/// knows, when the application then fails itself, that the reason lies below and has been retried there. Applications that pass
/// <c>traceparent</c> on, as OpenTelemetry has them do, need know nothing of it.
/// </summary>
/// <remarks>
/// Only failures are written down. A slot holds the last trace that fell to it, so it is bounded, takes no lock, and forgets under a
/// flood: an answer that should have been marked then is not, which costs a retry.
/// </remarks>
internal sealed class ExhaustedTraces(TimeProvider time)
{
    internal const int Slots = 4096;

    private readonly Entry?[] _slots = new Entry?[Slots];

    /// <summary>A call that is part of this trace has come back exhausted.</summary>
    public void Add(StringValues traceparent)
    {
        if (TraceOf(traceparent) is { } trace) Volatile.Write(ref SlotOf(trace), new(trace, time.GetTimestamp()));
    }

    /// <summary>Says whether such a call has come back.</summary>
    /// <param name="traceparent">Of the request that the calls were made for.</param>
    /// <param name="since">When that request came: a timestamp of the time provider's.</param>
    public bool Contains(StringValues traceparent, long since) =>
        TraceOf(traceparent) is { } trace && Volatile.Read(ref SlotOf(trace)) is { } entry && entry.Trace == trace && entry.At >= since;

    private ref Entry? SlotOf(UInt128 trace) => ref _slots[(int)((ulong)trace % Slots)];

    // version-traceid-parentid-flags: W3C Trace Context section 3.2.
    private static UInt128? TraceOf(StringValues traceparent) =>
        traceparent is [{ Length: >= 55 } text] && text[2] is '-' && text[35] is '-'
        && UInt128.TryParse(text.AsSpan(3, 32), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var trace) && trace != 0
            ? trace
            : null;

    private sealed record Entry(UInt128 Trace, long At);
}
