using System.Globalization;
using BenchmarkDotNet.Reports;

namespace Mesh.Micro;

/// <summary>What was measured, for programs to read.</summary>
internal static class FigureLines
{
    /// <summary>A line for each benchmark: its name, the median, lowest and highest round in nanoseconds, the bytes that it allocates.</summary>
    public static IEnumerable<string> Of(Summary summary) =>
        from report in summary.Reports
        where report.ResultStatistics is not null
        let figures = report.ResultStatistics
        let what = report.BenchmarkCase
        let parameters = what.Parameters.Count > 0 ? $", {string.Join(", ", what.Parameters.Items.Select(parameter => $"{parameter.Value} {parameter.Name.ToLowerInvariant()}"))}" : ""
        select string.Join('\t', $"{what.Descriptor.WorkloadMethodDisplayInfo.Trim('\'')}{parameters}",
            Number(figures.Median), Number(figures.Min), Number(figures.Max), Number(report.GcStats.GetBytesAllocatedPerOperation(what) ?? 0));

    private static string Number(double figure) => figure.ToString("R", CultureInfo.InvariantCulture);
}
