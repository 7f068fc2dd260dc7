using System.Globalization;

namespace Mesh.Scale.Measuring;

/// <summary>How many connections a process can hold here.</summary>
internal static class Descriptors
{
    // Programs, libraries, logs, watches, what a run-time keeps for itself.
    private const int Own = 1_000;

    public static int HardLimit { get; } = Read();

    /// <summary>One as in life, unless that is more connections than a process can have.</summary>
    public static int StreamsPerConnection(int proxies) => (int)Math.Ceiling((double)proxies / (HardLimit - Own));

    private static int Read()
    {
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var hard = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        return hard == "unlimited" ? 1 << 20 : int.Parse(hard, CultureInfo.InvariantCulture);
    }
}
