using System.Globalization;
using Mesh.Rig;

namespace Mesh.Bench.Checking;

/// <summary>The ratios that a change is compared with: a table in Markdown, for people too.</summary>
internal static class RatioFile
{
    public static IReadOnlyDictionary<string, double> Read(string file)
    {
        if (!File.Exists(file)) throw new RigFailedException($"there is no baseline {file}; `make bench-check UPDATE=1` writes it.");
        return File.ReadLines(file).Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length is 4 && double.TryParse(cells[2], CultureInfo.InvariantCulture, out _))
            .ToDictionary(cells => cells[1], cells => double.Parse(cells[2], CultureInfo.InvariantCulture));
    }

    public static void Write(string file, IEnumerable<(string Name, double Ratio)> ratios) => File.WriteAllText(file, $"""
        # Baseline of ratios

        Requests that the proxy serves with a second of CPU, as a share of those that HAProxy serves, measured in turns on one core.
        `make bench-check` fails where one falls by more than a quarter; `make bench-check UPDATE=1` writes this file.

        Measured on {Machine.Describe()}.

        | work | share of HAProxy's |
        | --- | ---: |
        {string.Join('\n', ratios.Select(ratio => string.Create(CultureInfo.InvariantCulture, $"| {ratio.Name} | {ratio.Ratio:0.000} |")))}

        """);
}
