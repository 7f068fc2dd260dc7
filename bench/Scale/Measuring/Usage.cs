using System.Diagnostics;
using System.Globalization;
using Mesh.Bench.Measuring;
using Mesh.Scale.Proxies;

namespace Mesh.Scale.Measuring;

/// <summary>What everything has cost up to a moment.</summary>
internal readonly record struct Usage(long Timestamp, TimeSpan OperatorCpu, TimeSpan SimulatorCpu, TimeSpan MachineCpu, Traffic Traffic)
{
    // USER_HZ is 100 on every architecture that we run on (sysconf(_SC_CLK_TCK)).
    private const double TicksPerSecond = 100;

    public static Usage Now(int operatorId, Traffic traffic) =>
        new(Stopwatch.GetTimestamp(), ProcessCost.Of(operatorId).Cpu, ProcessCost.Of(Environment.ProcessId).Cpu, Busy(), traffic);

    // proc_stat(5): user, nice, system, idle, iowait, irq, softirq
    private static TimeSpan Busy()
    {
        var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..8].Select(field => double.Parse(field, CultureInfo.InvariantCulture)).ToArray();
        return TimeSpan.FromSeconds((ticks.Sum() - ticks[3] - ticks[4]) / TicksPerSecond);
    }
}
