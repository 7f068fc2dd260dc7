using Mesh.Rig;

namespace Mesh.Bench.Measuring;

/// <summary>How many descriptors a process has, and how many it may have here, which bounds how many connections it can hold.</summary>
internal static class Descriptors
{
    // Programs, libraries, logs, listeners, what a run-time keeps for itself.
    private const int Own = 200;

    /// <summary>Connections that a relay can hold, at two descriptors each.</summary>
    public static int RelayedConnections { get; } = (Machine.DescriptorLimit - Own) / 2;

    /// <summary>Connections that whoever has one descriptor for each can hold.</summary>
    public static int Connections { get; } = Machine.DescriptorLimit - Own;

    /// <summary>Those that a process has open.</summary>
    public static double Of(int processId) => Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd").Count();
}
