using System.Globalization;
using System.Text;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>
/// The deadline that travels with a request: absolute in <c>mesh-deadline</c> and in the member <c>mesh.deadline</c> of <c>baggage</c>
/// (both Unix milliseconds), relative in <c>grpc-timeout</c>. What can't be read is as if it weren't there. Sources: W3C Baggage;
/// grpc/grpc doc/PROTOCOL-HTTP2.md.
/// </summary>
/// <remarks>
/// Applications hand baggage on by themselves, to what they call because of the request. A gRPC deadline is the whole call's, streams
/// included, and the server's own to keep: it is passed on as the client's own remainder, not tightened by limits that end with
/// the response's head.
/// </remarks>
internal static class CarriedDeadline
{
    private const string Baggage = "baggage";
    private const string BaggageKey = "mesh.deadline";
    private const string GrpcTimeout = "grpc-timeout";

    // What everyone has to pass on: W3C Baggage section 3.3.2. Nothing is added beyond.
    private const int MaxBaggageLength = 8192;
    private const int MaxBaggageMembers = 64;

    private const long MaxGrpcTimeout = 99_999_999;

    /// <summary>Whether a request may carry one: there is something to read.</summary>
    public static bool IsIn(HttpRequestMessage request) =>
        MessageFields.TryGet(request, HeaderHygiene.Deadline, out _) || MessageFields.TryGet(request, Baggage, out _) || MessageFields.TryGet(request, GrpcTimeout, out _);

    /// <summary>The tightest deadline that a request carries.</summary>
    /// <param name="request">As it came.</param>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="callTimeout">What grpc-timeout says; null where there is none.</param>
    /// <returns>Unix milliseconds; <see cref="long.MaxValue"/> where there is none.</returns>
    public static long Read(HttpRequestMessage request, long now, out TimeSpan? callTimeout)
    {
        var deadline = long.MaxValue;
        if (MessageFields.TryGet(request, HeaderHygiene.Deadline, out var values))
        {
            foreach (var value in values) deadline = Math.Min(deadline, Parse(value));
        }
        if (MessageFields.TryGet(request, Baggage, out var baggage)) deadline = Math.Min(deadline, ReadBaggage(MessageFields.Line(baggage)));

        callTimeout = MessageFields.TryGet(request, GrpcTimeout, out var timeout) ? ParseTimeout(MessageFields.Line(timeout)) : null;
        return callTimeout is { } relative ? Math.Min(deadline, now + (long)relative.TotalMilliseconds) : deadline;
    }

    /// <summary>Has the request carry a deadline.</summary>
    /// <param name="request">Which.</param>
    /// <param name="deadline">Unix milliseconds.</param>
    public static void Write(HttpRequestMessage request, long deadline)
    {
        var text = deadline.ToString(CultureInfo.InvariantCulture);
        MessageFields.Set(request, HeaderHygiene.Deadline, text);
        if (!MessageFields.TryGet(request, Baggage, out var baggage)) MessageFields.Set(request, Baggage, $"{BaggageKey}={text}");
        else if (Replace(MessageFields.Line(baggage), text) is not { } replaced) return;
        else if (replaced.Length > 0) MessageFields.Set(request, Baggage, replaced);
        else MessageFields.Remove(request, Baggage);
    }

    /// <summary>Says what is left of a call's own time.</summary>
    public static void WriteCallTimeout(HttpRequestMessage request, TimeSpan remainder)
    {
        var milliseconds = Math.Max((long)remainder.TotalMilliseconds, 1);
        MessageFields.Set(request, GrpcTimeout, milliseconds <= MaxGrpcTimeout
            ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds}m")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Min(milliseconds / 1000, MaxGrpcTimeout)}S"));
    }

    private static long ReadBaggage(string baggage)
    {
        var deadline = long.MaxValue;
        if (baggage.Length > MaxBaggageLength) return deadline;
        foreach (var range in baggage.AsSpan().Split(','))
        {
            var member = baggage.AsSpan()[range];
            if (IsDeadline(member, out var value)) deadline = Math.Min(deadline, Parse(value));
        }
        return deadline;
    }

    /// <returns>Null where the baggage is to stay as it is.</returns>
    private static string? Replace(string baggage, string deadline)
    {
        if (baggage.Length > MaxBaggageLength) return null;
        var replaced = new StringBuilder(baggage.Length + BaggageKey.Length + deadline.Length + 2);
        var members = 0;
        foreach (var range in baggage.AsSpan().Split(','))
        {
            var member = baggage.AsSpan()[range].Trim();
            if (member.IsEmpty || IsDeadline(member, out _)) continue;
            if (members++ > 0) replaced.Append(',');
            replaced.Append(member);
        }
        if (members >= MaxBaggageMembers || replaced.Length + BaggageKey.Length + deadline.Length + 2 > MaxBaggageLength) return replaced.ToString();
        if (members > 0) replaced.Append(',');
        return replaced.Append(BaggageKey).Append('=').Append(deadline).ToString();
    }

    // key=value;property;property=x, with white space around each.
    private static bool IsDeadline(ReadOnlySpan<char> member, out ReadOnlySpan<char> value)
    {
        value = default;
        var equals = member.IndexOf('=');
        if (equals < 0 || !member[..equals].Trim().SequenceEqual(BaggageKey)) return false;
        value = member[(equals + 1)..];
        if (value.IndexOf(';') is >= 0 and var end) value = value[..end];
        value = value.Trim();
        return true;
    }

    private static long Parse(ReadOnlySpan<char> milliseconds) =>
        long.TryParse(milliseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var deadline) ? deadline : long.MaxValue;

    // At most eight digits and a unit.
    private static TimeSpan? ParseTimeout(string text)
    {
        if (text.Length is < 2 or > 9 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        return text[^1] switch
        {
            'H' => TimeSpan.FromHours(number),
            'M' => TimeSpan.FromMinutes(number),
            'S' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMilliseconds(number),
            'u' => TimeSpan.FromMicroseconds(number),
            'n' => TimeSpan.FromTicks(number / TimeSpan.NanosecondsPerTick),
            _ => null,
        };
    }
}
