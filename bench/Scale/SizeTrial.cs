using System.Diagnostics;
using System.Globalization;
using Mesh.Bench.Measuring;
using Mesh.Scale.ApiServer;
using Mesh.Scale.Cluster;
using Mesh.Scale.Measuring;
using Mesh.Scale.Proxies;

namespace Mesh.Scale;

/// <summary>One size, from an empty operator to its restart under load.</summary>
internal sealed class SizeTrial(ScaleOptions options, ClusterSize size, bool rolls, Action<string> progress, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);

    private readonly List<string> _faults = [];
    private readonly ChangeLags _lags = new();
    private readonly SchedulingLag _lateness = new(time);

    public async Task<SizeResult> RunAsync(CancellationToken stop)
    {
        await using var api = new SimulatedApiServer(time);
        var cluster = new SimulatedCluster(size, api, _lags);
        await using var meshOperator = new OperatorProcess(options.Operator, await api.StartAsync(stop), time);
        var streams = Descriptors.StreamsPerConnection(size.Proxies);
        await using var crowd = new Crowd(cluster, meshOperator.Discovery, streams, _lags, time);

        var listing = await StartAsync(meshOperator, crowd, "listing", stop);
        var connecting = await MeasureAsync("connecting", meshOperator, crowd, () => ConnectAsync(crowd, stop));
        await Task.Delay(Settling, time, stop);
        var idle = await MeasureAsync("idle", meshOperator, crowd, () => WaitAsync(options.IdleLength, stop));
        var uncalled = await MeasureAsync("changes that nobody calls", meshOperator, crowd, () => ChangeAsync(options.ChurnLength / 2, _ => cluster.ReplaceUncalled(), ScaleOptions.ChangesPerSecond, stop));
        var churn = await MeasureAsync("changes", meshOperator, crowd, () => ChangeAsync(options.ChurnLength, _ => cluster.ReplaceCalled(), ScaleOptions.ChangesPerSecond, stop));
        var roll = rolls ? await MeasureAsync("rolling restart", meshOperator, crowd, () => RollAsync(cluster, crowd, stop)) : null;
        Check(crowd);

        crowd.HoldBack();
        await meshOperator.KillAsync();
        var restart = await StartAsync(meshOperator, crowd, "listing again", stop);
        var storm = await MeasureAsync("storm", meshOperator, crowd, () => ConnectAsync(crowd, stop));
        Check(crowd);
        return new(size, streams, listing, connecting, idle, uncalled, churn, restart, storm, roll, _faults);
    }

    public ValueTask DisposeAsync() => _lateness.DisposeAsync();

    private async Task<Phase> StartAsync(OperatorProcess meshOperator, Crowd crowd, string name, CancellationToken stop)
    {
        progress($"{size}: {name}");
        var (since, own) = (Stopwatch.GetTimestamp(), ProcessCost.Of(Environment.ProcessId).Cpu);
        await meshOperator.StartAsync(stop);
        var now = Usage.Now(meshOperator.Id, crowd.Traffic);
        return Phase.Between(now with { Timestamp = since, OperatorCpu = TimeSpan.Zero, SimulatorCpu = own }, now, meshOperator.Id, default, default);
    }

    private async Task<Phase> MeasureAsync(string name, OperatorProcess meshOperator, Crowd crowd, Func<Task<Quantiles>> part)
    {
        progress($"{size}: {name}");
        var before = Usage.Now(meshOperator.Id, crowd.Traffic);
        _lateness.Take();
        var times = await part();
        return Phase.Between(before, Usage.Now(meshOperator.Id, crowd.Traffic), meshOperator.Id, times, _lateness.Take());
    }

    private async Task<Quantiles> ConnectAsync(Crowd crowd, CancellationToken stop)
    {
        crowd.LetGo();
        var served = await crowd.AllServedAsync(Patience, stop);
        if (served.Count < size.Proxies) Fault($"{size.Proxies - served.Count} of {size.Proxies} proxies were not served within {Patience.TotalSeconds:0} s");
        return served;
    }

    private async Task<Quantiles> WaitAsync(TimeSpan length, CancellationToken stop)
    {
        await Task.Delay(length, time, stop);
        return default;
    }

    // By the clock: changes that are late come at once, as they would in a cluster.
    private async Task<Quantiles> ChangeAsync(TimeSpan length, Action<int> change, double perSecond, CancellationToken stop)
    {
        _lags.Take();
        var (since, done) = (time.GetTimestamp(), 0);
        for (var elapsed = TimeSpan.Zero; elapsed < length; elapsed = time.GetElapsedTime(since))
        {
            for (; done < elapsed.TotalSeconds * perSecond; done++) change(done);
            await Task.Delay(Beat, time, stop);
        }
        await AllAcknowledgedAsync(stop);
        return _lags.Take() with { Count = done };
    }

    private async Task AllAcknowledgedAsync(CancellationToken stop)
    {
        for (var since = time.GetTimestamp(); _lags.Outstanding > 0 && time.GetElapsedTime(since) < Patience;) await Task.Delay(Beat, time, stop);
        if (_lags.Outstanding > 0) Fault($"{_lags.Outstanding} changes were not acknowledged by all within {Patience.TotalSeconds:0} s");
    }

    private async Task<Quantiles> RollAsync(SimulatedCluster cluster, Crowd crowd, CancellationToken stop)
    {
        crowd.ExpectAll();
        var pods = cluster.Size.Endpoints;
        var times = await ChangeAsync(options.RollLength, pod => Replace(cluster, crowd, pod), pods / options.RollLength.TotalSeconds, stop);
        await crowd.AllServedAsync(Patience, stop);
        return times;
    }

    // The pods that have proxies are the first: proxy n is beside pod n.
    private static void Replace(SimulatedCluster cluster, Crowd crowd, int pod)
    {
        if (pod >= cluster.Size.Endpoints) return;
        cluster.ReplaceNth(pod);
        if (pod < cluster.Size.Proxies && cluster.Size.Proxies == crowd.Connections) crowd.Replace(pod);
    }

    private void Check(Crowd crowd)
    {
        if (crowd.BrokenDeltas > 0) Fault($"{crowd.BrokenDeltas} deltas were to a version that the proxy had not");
        if (crowd.Disagreements() is > 0 and var services) Fault($"of {services} services not all callers have the same version");
    }

    private void Fault(FormattableString text) => _faults.Add($"{size}: {text.ToString(CultureInfo.InvariantCulture)}");
}
