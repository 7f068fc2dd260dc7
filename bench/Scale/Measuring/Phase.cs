using System.Diagnostics;
using System.Globalization;
using Mesh.Bench.Measuring;
using Mesh.Scale.Proxies;

namespace Mesh.Scale.Measuring;

/// <summary>What a part of a trial took.</summary>
/// <param name="Length">How long it was.</param>
/// <param name="OperatorCpu">User and system time of the operator.</param>
/// <param name="SimulatorCpu">Of API server and proxies together.</param>
/// <param name="OthersCpu">Of whatever else ran on the machine: where it is high, times are not the operator's alone.</param>
/// <param name="Traffic">Over all streams.</param>
/// <param name="ResidentMb">The operator's memory at the end.</param>
/// <param name="PeakMb">The most that it ever was.</param>
/// <param name="Times">Of what the part is about: changes in ms, proxies that were served in s.</param>
/// <param name="Lag">By how much the simulator was woken late meanwhile, in ms.</param>
internal sealed record Phase(
    TimeSpan Length, TimeSpan OperatorCpu, TimeSpan SimulatorCpu, TimeSpan OthersCpu, Traffic Traffic, double ResidentMb, double PeakMb, Quantiles Times, Quantiles Lag)
{
    public double Cores => OperatorCpu / Length;

    public double SimulatorCores => SimulatorCpu / Length;

    public double OtherCores => OthersCpu / Length;

    public static Phase Between(Usage before, Usage after, int operatorId, Quantiles times, Quantiles lag)
    {
        var (own, simulator) = (after.OperatorCpu - before.OperatorCpu, after.SimulatorCpu - before.SimulatorCpu);
        var others = after.MachineCpu - before.MachineCpu - own - simulator;
        return new(Stopwatch.GetElapsedTime(before.Timestamp, after.Timestamp), own, simulator, others > TimeSpan.Zero ? others : TimeSpan.Zero, after.Traffic - before.Traffic,
            ProcessCost.Of(operatorId).ResidentBytes / 1e6, PeakKb(operatorId) * 1024 / 1e6, times, lag);
    }

    private static double PeakKb(int operatorId) => double.Parse(
        File.ReadLines($"/proc/{operatorId}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
