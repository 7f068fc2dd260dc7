using System.Globalization;

namespace Mesh.Api.Interception;

/// <summary>TCP ports from <see cref="First"/> to <see cref="Last"/>, both included.</summary>
/// <param name="First">1 to 65535.</param>
/// <param name="Last">At least <paramref name="First"/>.</param>
public readonly record struct PortRange(int First, int Last)
{
    /// <summary>What <see cref="TryParse"/> takes, for error messages.</summary>
    public const string Expected = "a port such as 8080 or a range such as 9000-9100, from 1 to 65535";

    /// <summary>Reads <c>8080</c> or <c>9000-9100</c>.</summary>
    /// <returns>False where the text is neither.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out PortRange range)
    {
        range = default;
        var dash = text.IndexOf('-');
        if (!TryParsePort(dash < 0 ? text : text[..dash], out var first)) return false;
        var last = first;
        if (dash >= 0 && !TryParsePort(text[(dash + 1)..], out last)) return false;
        range = new(first, last);
        return first <= last;
    }

    /// <summary>The same ports with each in one range only: sorted, and merged where they overlap or touch.</summary>
    public static IReadOnlyList<PortRange> Merge(IEnumerable<PortRange> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        var merged = new List<PortRange>();
        foreach (var range in ranges.OrderBy(range => range.First))
        {
            if (merged is [.., var before] && range.First <= before.Last + 1) merged[^1] = before with { Last = Math.Max(before.Last, range.Last) };
            else merged.Add(range);
        }
        return merged;
    }

    /// <summary>Whether a port is one of these.</summary>
    public bool Contains(int port) => port >= First && port <= Last;

    /// <summary><c>8080</c> or <c>9000-9100</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}{(Last > First ? $"-{Last}" : "")}");

    private static bool TryParsePort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue;
}
