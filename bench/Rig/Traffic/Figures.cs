using System.Globalization;

namespace Mesh.Rig.Traffic;

/// <summary>How figures are written.</summary>
internal static class Figures
{
    public static string Latency(TimeSpan latency) => latency < TimeSpan.FromSeconds(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{latency.TotalMilliseconds:0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{latency.TotalSeconds:0.0} s");

    public static string Latencies(Tally tally) => tally.Total == 0 ? "-" : $"{Latency(tally.P50)} / {Latency(tally.P99)}";

    public static string Count(double? count) => count is { } value ? value.ToString("0", CultureInfo.InvariantCulture) : "-";
}
