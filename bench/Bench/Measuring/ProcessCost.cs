using System.Globalization;

namespace Mesh.Bench.Measuring;

/// <summary>What a process has cost so far, from procfs (proc_pid_stat(5)).</summary>
/// <param name="Cpu">User and system time.</param>
/// <param name="ResidentBytes">Resident memory, with shared pages.</param>
internal readonly record struct ProcessCost(TimeSpan Cpu, long ResidentBytes)
{
    // USER_HZ is 100 on every architecture that we run on (sysconf(_SC_CLK_TCK)).
    private const double TicksPerSecond = 100;

    public static ProcessCost Of(int processId)
    {
        // The name, in parentheses, may contain anything; what follows is separated by spaces, the state first.
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return new(TimeSpan.FromSeconds(ticks / TicksPerSecond), long.Parse(fields[21], CultureInfo.InvariantCulture) * Environment.SystemPageSize);
    }

    public static ProcessCost Of(IEnumerable<int> processIds) =>
        processIds.Select(Of).Aggregate(new ProcessCost(), (sum, cost) => new(sum.Cpu + cost.Cpu, sum.ResidentBytes + cost.ResidentBytes));
}
