using Mesh.Rig;
using Mesh.Rig.Traffic;
using Shop.Demo.Screen;
using Shop.Demo.Shops;
using Shop.Demo.Story;
using Shop.Demo.Traffic;
using Spectre.Console;

namespace Shop.Demo;

/// <summary>One run, from the first program started to the last one stopped.</summary>
internal sealed class Demonstration(DemoOptions options, IScreen screen, IAnsiConsole console, TextWriter output, TimeProvider time)
{
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(20);

    private readonly IReadOnlyList<Scene> _story = Timeline.Over(options.Length ?? Timeline.DefaultCycle);
    private readonly Outcomes _without = new(time);
    private readonly Outcomes _with = new(time);
    private string _scene = "warming up";

    /// <summary>Returns the exit code: 0 where the mesh kept its promise.</summary>
    public async Task<int> RunAsync(CancellationToken interrupted)
    {
        // Connections live as long as the run: a user's browser keeps them too.
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var run = RunDirectory.Create(options.Runs, time);
        try
        {
            var retries = await PlayAsync(run, client, interrupted);
            console.Write(Summary.Draw(_story, _without, _with, retries));
        }
        catch (RigFailedException e)
        {
            return Fail(e.Message, run);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            return Fail("stopped before it began", run);
        }
        var verdict = Verdict.Of(_without.Total, _with.Total);
        if (!verdict.Met) return Fail(verdict.Reason, run);
        output.WriteLine($"OK: {verdict.Reason}");
        output.WriteLine($"Logs: {run.Logs}");
        return 0;
    }

    private async Task<long> PlayAsync(RunDirectory run, HttpClient client, CancellationToken interrupted)
    {
        await using var stage = new Stage(options, run, client, time);
        output.WriteLine("Starting the operator, two shops and the sidecars of one of them ...");
        await stage.StartAsync(interrupted);
        Introduce(stage, run);

        using var over = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        var retries = new SidecarRetries(client, stage.FrontendSidecarMetrics, time);
        var user = new User(client, time);
        var traffic = Task.WhenAll(SendAsync(user, stage.Without, _without, over.Token), SendAsync(user, stage.With, _with, over.Token));
        var watching = Task.CompletedTask;
        try
        {
            await WarmUpAsync(stage, over.Token);
            var start = time.GetTimestamp();
            watching = Task.WhenAll(retries.RunAsync(over.Token), screen.ShowAsync(() => Look(start, retries, run), over.Token));
            await TellAsync(stage, start, over.Token);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(traffic, watching);
        }
        return retries.Total;
    }

    private Task SendAsync(User user, RunningShop shop, Outcomes outcomes, CancellationToken stop) =>
        new OpenLoop(options.PerSecond, new Shoppers(user, shop.Url, () => _scene, outcomes, time).OrderAsync, time).RunAsync(stop);

    private void Introduce(Stage stage, RunDirectory run)
    {
        output.WriteLine($"{options.PerSecond} requests a second to each of");
        foreach (var shop in (RunningShop[])[stage.Without, stage.With]) output.WriteLine($"  {shop.Url} ({shop.Name} the mesh)");
        output.WriteLine($"Policies, to be edited while this runs: {options.Mesh}");
        output.WriteLine($"Logs: {run.Logs}");
    }

    /// <summary>Until both shops answered everything for a second: what is cold is no fault of theirs.</summary>
    private async Task WarmUpAsync(Stage stage, CancellationToken stop)
    {
        var since = time.GetTimestamp();
        while (!(IsWarm(_without.Recent) && IsWarm(_with.Recent)))
        {
            await PauseAsync(TimeSpan.FromMilliseconds(100), stage, stop);
            if (time.GetElapsedTime(since) > LongestWarmUp)
            {
                throw new RigFailedException($"before anything was broken, {_without.Recent.Failed} of {_without.Recent.Total} requests failed in a second without the mesh, {_with.Recent.Failed} of {_with.Recent.Total} with it");
            }
        }
        _without.Reset();
        _with.Reset();

        bool IsWarm(Tally recent) => recent.Failed == 0 && recent.Total >= 0.9 * options.PerSecond;
    }

    private async Task TellAsync(Stage stage, long start, CancellationToken stop)
    {
        var cycle = _story[^1].Start + _story[^1].Length;
        for (var begin = TimeSpan.Zero; options.Length is null || begin < options.Length; begin += cycle)
        {
            foreach (var scene in _story)
            {
                _scene = scene.Title;
                await BothAsync(shop => shop.BreakAsync(scene.Breakage, stop));
                await PauseAsync(begin + scene.Start + scene.Length - time.GetElapsedTime(start), stage, stop);
                await BothAsync(shop => shop.HealAsync(scene.Breakage, stop));
            }
        }

        Task BothAsync(Func<RunningShop, Task> action) => Task.WhenAll(action(stage.Without), action(stage.With));
    }

    /// <exception cref="RigFailedException">A program ended meanwhile that must not.</exception>
    private async Task PauseAsync(TimeSpan length, Stage stage, CancellationToken stop)
    {
        if (length <= TimeSpan.Zero) return;
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var passed = Task.Delay(length, time, pause.Token);
        if (await Task.WhenAny(passed, stage.Failed) == stage.Failed)
        {
            await pause.CancelAsync();
            throw await stage.Failed;
        }
        await passed;
    }

    private Snapshot Look(long start, SidecarRetries retries, RunDirectory run) => new(
        time.GetElapsedTime(start), _scene,
        new(_without.Recent, _without.Total, null, null),
        new(_with.Recent, _with.Total, retries.PerSecond, retries.Total),
        PolicyConditions.Read(run.State));

    private int Fail(string reason, RunDirectory run)
    {
        output.WriteLine($"FAILED: {reason}");
        output.WriteLine($"Logs: {run.Logs}");
        return 1;
    }
}
