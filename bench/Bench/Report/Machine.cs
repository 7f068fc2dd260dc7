using System.Globalization;
using System.Runtime.InteropServices;
using Mesh.Bench.Measuring;

namespace Mesh.Bench.Report;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    public static string Describe()
    {
        var processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor";
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        var cores = Cores.Apart ? "what is measured has core 0 to itself, load and backend share the others" : "one core for everything: CPU figures hold, rates don't";
        return string.Create(CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} x {processor}, {memory:0} GB, Linux {Environment.OSVersion.Version}, .NET {Environment.Version}, {RuntimeInformation.OSArchitecture}; {cores}.");
    }
}
