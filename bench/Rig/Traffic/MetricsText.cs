using System.Globalization;

namespace Mesh.Rig.Traffic;

/// <summary>Reads the Prometheus text format.</summary>
internal static class MetricsText
{
    /// <summary>The sum of a metric's samples that carry all of these labels, each written as <c>name="value"</c>.</summary>
    public static double Sum(string text, string metric, params ReadOnlySpan<string> labels)
    {
        var sum = 0.0;
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith(metric + "{", StringComparison.Ordinal) && HasAll(line, labels)) sum += Value(line);
        }
        return sum;
    }

    private static bool HasAll(string line, ReadOnlySpan<string> labels)
    {
        foreach (var label in labels)
        {
            if (!line.Contains(label, StringComparison.Ordinal)) return false;
        }
        return true;
    }

    // The value may be followed by a timestamp.
    private static double Value(string line) =>
        double.Parse(line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);
}
