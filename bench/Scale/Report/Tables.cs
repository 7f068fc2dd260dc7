using System.Globalization;
using Mesh.Rig;
using Mesh.Scale.Cluster;
using Mesh.Scale.Measuring;

namespace Mesh.Scale.Report;

/// <summary>The results of all sizes, by what was asked.</summary>
internal static class Tables
{
    public static string Write(IReadOnlyList<SizeResult> results) => string.Concat(AtRest(results), Churn(results), Storm(results), Roll(results), Growth(results));

    private static string AtRest(IReadOnlyList<SizeResult> results) => Table.Write(
        "At rest",
        $"{ClusterSize.EndpointsPerService} endpoints a service, {ClusterSize.SubscriptionsPerProxy} subscriptions a proxy and its own side. Listed: from the operator's start until it knows the cluster. "
        + $"Served: from the moment at which all proxies connect, knowing nothing, until the last has all it asked for.{Shared(results)}",
        ["listed after s", "CPU s", "resident MB", "all served after s", "CPU s", "MB sent", "resident MB", "KiB a proxy", "idle: vCPU", "others: vCPU"],
        from result in results
        let perProxy = (result.Connecting.ResidentMb - result.Listing.ResidentMb) * 1e6 / 1024 / result.Size.Proxies
        select (result.Size.ToString(), new[]
        {
            result.Listing.Length.TotalSeconds, result.Listing.OperatorCpu.TotalSeconds, result.Listing.ResidentMb,
            result.Connecting.Times.Last, result.Connecting.OperatorCpu.TotalSeconds, result.Connecting.Traffic.Received / 1e6, result.Connecting.ResidentMb, perProxy,
            result.Idle.Cores, result.Connecting.OtherCores,
        }));

    private static string Churn(IReadOnlyList<SizeResult> results) => Table.Write(
        "Churn",
        "Endpoints are replaced, each by three events: a pod comes, its service's slice changes, a pod goes. Time from the slice's event until the acknowledgement of the last of the proxies that subscribe to it "
        + "leaves that proxy. Woken late: what the simulator, which only waits, was late by beside it; each change waits to be woken some six times, in operator and simulator. "
        + "A change that nobody calls is what is paid for any change, whoever is told.",
        ["changes/s", "proxies told of each", "operator: vCPU", "CPU ms a change", "CPU µs an update", "CPU ms a change that nobody calls", "KB sent a change", "p50 ms", "p99 ms", "last ms", "woken late: p50 ms", "p99 ms", "resident MB", "peak MB", "simulator: vCPU", "others: vCPU"],
        results.Select(result => (result.Size.ToString(), Changes(result.Churn, result.Uncalled))));

    private static double[] Changes(Phase churn, Phase uncalled)
    {
        var (perChange, least) = (PerChange(churn), PerChange(uncalled));
        var updates = (double)(churn.Traffic.Deltas + churn.Traffic.Wholes);
        return
        [
            churn.Times.Count / churn.Length.TotalSeconds, updates / churn.Times.Count, churn.Cores, perChange, churn.OperatorCpu.TotalMicroseconds / updates, least,
            churn.Traffic.Received / 1e3 / churn.Times.Count, churn.Times.P50, churn.Times.P99, churn.Times.Last, churn.Lag.P50, churn.Lag.P99, churn.ResidentMb, churn.PeakMb, churn.SimulatorCores, churn.OtherCores,
        ];
    }

    private static double PerChange(Phase phase) => phase.OperatorCpu.TotalMilliseconds / phase.Times.Count;

    private static string Storm(IReadOnlyList<SizeResult> results) => Table.Write(
        "Operator restart",
        "The operator is killed and started anew; once it knows the cluster, all proxies connect in the same instant, with the versions that they had. Served: a proxy has been answered for all that it subscribes to.",
        ["listed after s", "CPU s", "served: p50 s", "p99 s", "last s", "operator: CPU s", "CPU ms a proxy", "simulator: CPU s", "others: CPU s", "woken late: p99 ms", "MB sent", "whole updates", "resident MB"],
        results.Select(result => (result.Size.ToString(), new[]
        {
            result.Restart.Length.TotalSeconds, result.Restart.OperatorCpu.TotalSeconds, result.Storm.Times.P50, result.Storm.Times.P99, result.Storm.Times.Last, result.Storm.OperatorCpu.TotalSeconds,
            result.Storm.OperatorCpu.TotalMilliseconds / result.Size.Proxies, result.Storm.SimulatorCpu.TotalSeconds, result.Storm.OthersCpu.TotalSeconds, result.Storm.Lag.P99,
            result.Storm.Traffic.Received / 1e6, result.Storm.Traffic.Wholes, result.Storm.ResidentMb,
        })));

    private static string Roll(IReadOnlyList<SizeResult> results) => !results.Any(result => result.Roll is not null) ? "" : Table.Write(
        "Rolling restart of everything",
        "Every pod of every service is replaced, at an even pace; proxies go with their pods and come back as others that know nothing. Times as above, what proxies take to come back included.",
        ["pods", "in s", "changes/s", "updates/s", "operator: vCPU", "MB sent", "p50 ms", "p99 ms", "last ms", "woken late: p99 ms", "peak MB", "simulator: vCPU", "others: vCPU"],
        from result in results
        where result.Roll is not null
        let roll = result.Roll
        select (result.Size.ToString(), new[]
        {
            result.Size.Endpoints, roll.Length.TotalSeconds, roll.Times.Count / roll.Length.TotalSeconds, (roll.Traffic.Deltas + roll.Traffic.Wholes) / roll.Length.TotalSeconds, roll.Cores,
            roll.Traffic.Received / 1e6, roll.Times.P50, roll.Times.P99, roll.Times.Last, roll.Lag.P99, roll.PeakMb, roll.SimulatorCores, roll.OtherCores,
        }));

    private static string Growth(IReadOnlyList<SizeResult> results) => results.Count < 2 ? "" : Table.Write(
        "Growth",
        $"How many times as much as with {results[0].Size}.",
        ["proxies told of each change", "CPU a change that nobody calls", "CPU a change", "CPU an update", "CPU to list", "CPU to serve all", "resident MB listed", "resident MB"],
        results.Skip(1).Select(result => (result.Size.ToString(), Figures(result).Zip(Figures(results[0]), (figure, first) => figure / first).ToArray())));

    private static double[] Figures(SizeResult result)
    {
        var churn = Changes(result.Churn, result.Uncalled);
        return
        [
            churn[1], churn[5], churn[3], churn[4],
            result.Listing.OperatorCpu.TotalSeconds, result.Connecting.OperatorCpu.TotalSeconds, result.Listing.ResidentMb, result.Churn.ResidentMb,
        ];
    }

    private static string Shared(IReadOnlyList<SizeResult> results)
    {
        var shared = results.Where(result => result.StreamsPerConnection > 1).ToList();
        return shared.Count == 0
            ? string.Create(CultureInfo.InvariantCulture, $" Each proxy has a connection of its own, in the clear.")
            : string.Create(CultureInfo.InvariantCulture, $" A process may have {Machine.DescriptorLimit:#,##0} descriptors here, so that {string.Join(", ", shared.Select(result => $"{result.StreamsPerConnection} proxies share a connection at {result.Size}"))}: that is cheaper than life.");
    }
}
