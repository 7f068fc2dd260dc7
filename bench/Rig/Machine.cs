using System.Globalization;
using System.Runtime.InteropServices;

namespace Mesh.Rig;

/// <summary>What figures were measured on.</summary>
internal static class Machine
{
    /// <summary>Descriptors that a process may have here.</summary>
    public static int DescriptorLimit { get; } = ReadDescriptorLimit();

    public static string Describe()
    {
        var processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor";
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        return string.Create(CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} x {processor}, {memory:0} GB, Linux {Environment.OSVersion.Version}, .NET {Environment.Version}, {RuntimeInformation.OSArchitecture}");
    }

    private static int ReadDescriptorLimit()
    {
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var hard = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        return hard == "unlimited" ? 1 << 20 : int.Parse(hard, CultureInfo.InvariantCulture);
    }
}
