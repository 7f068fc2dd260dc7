using System.Diagnostics;

namespace Mesh.Bench.Measuring;

/// <summary>Who runs where: what is measured has a core to itself; load and backend share the rest.</summary>
internal static class Cores
{
    public static bool Apart => Environment.ProcessorCount > 1;

    /// <summary>The prefix of a command that runs on the measured core.</summary>
    public static IReadOnlyList<string> Measured => Apart ? ["/usr/bin/taskset", "-c", "0"] : [];

    /// <summary>The prefix of a command that runs on the other cores.</summary>
    public static IReadOnlyList<string> Rest => Apart ? ["/usr/bin/taskset", "-c", $"1-{Environment.ProcessorCount - 1}"] : [];

    /// <summary>Keeps this program, and what it starts and gives no core, off the measured one.</summary>
    public static void KeepOffTheMeasured()
    {
        if (!Apart || !OperatingSystem.IsLinux()) return;
        using var self = Process.GetCurrentProcess();
        self.ProcessorAffinity = (nint)((1L << Math.Min(Environment.ProcessorCount, 63)) - 2);
    }

    /// <summary>For the report.</summary>
    public static string Describe() => Apart ? "what is measured has core 0 to itself, load and backend share the others" : "one core for everything: CPU figures hold, rates don't";
}
