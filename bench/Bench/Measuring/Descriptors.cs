using System.Globalization;

namespace Mesh.Bench.Measuring;

/// <summary>How many descriptors a process has, and how many it may have here, which bounds how many connections it can hold.</summary>
internal static class Descriptors
{
    // Programs, libraries, logs, listeners, what a run-time keeps for itself.
    private const int Own = 200;

    /// <summary>Connections that a relay can hold, at two descriptors each.</summary>
    public static int RelayedConnections { get; } = (HardLimit() - Own) / 2;

    /// <summary>Connections that whoever has one descriptor for each can hold.</summary>
    public static int Connections { get; } = HardLimit() - Own;

    /// <summary>Those that a process has open.</summary>
    public static double Of(int processId) => Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd").Count();

    private static int HardLimit()
    {
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var hard = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        return hard == "unlimited" ? 1 << 20 : int.Parse(hard, CultureInfo.InvariantCulture);
    }
}
