using System.Globalization;
using Shop.Demo.Traffic;

namespace Shop.Demo.Screen;

/// <summary>How figures are written.</summary>
internal static class Figures
{
    /// <summary>Rounded down to a hundredth, so that 99.9 % is never said of less.</summary>
    public static string Success(Tally tally) => tally.Total == 0
        ? "-"
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(tally.SuccessShare * 10_000) / 100:0.00} %");

    public static string Latency(TimeSpan latency) => latency < TimeSpan.FromSeconds(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{latency.TotalMilliseconds:0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{latency.TotalSeconds:0.0} s");

    public static string Latencies(Tally tally) => tally.Total == 0 ? "-" : $"{Latency(tally.P50)} / {Latency(tally.P99)}";

    public static string Count(double? count) => count is { } value ? value.ToString("0", CultureInfo.InvariantCulture) : "-";
}
