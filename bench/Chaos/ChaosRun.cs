using System.Globalization;
using Mesh.Chaos.Failures;
using Mesh.Chaos.Fleet;
using Mesh.Chaos.Report;
using Mesh.Chaos.Sides;
using Mesh.Rig;

namespace Mesh.Chaos;

/// <summary>One run: every failure, first without the mesh, then with it.</summary>
internal sealed class ChaosRun(ChaosOptions options, TextWriter output, TimeProvider time)
{
    /// <summary>Returns the exit code: 0 where the mesh was better in every row, and within its budget.</summary>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        if (!File.Exists(options.Proxy)) throw new RigFailedException($"there is no program {options.Proxy}; `make proxy` publishes it.");
        var failures = AllFailures.InOrder.Where(failure => options.Wants(failure.Name)).ToList();
        if (failures.Count == 0) throw new RigFailedException($"--rows: found '{string.Join(' ', options.Rows)}', expected a part of {string.Join(", ", AllFailures.InOrder.Select(failure => $"'{failure.Name}'"))}");

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var run = RunDirectory.Create(options.Runs, time);
        await using var machines = new Machines(options, run, client, time);
        await machines.StartAsync(stop);
        await output.WriteLineAsync($"{Machine.Describe()}\nLogs: {run.Logs}\n\n{Table.Head}");
        var rows = new List<Row>();
        foreach (var failure in failures)
        {
            var row = await PlayAsync(failure, machines, stop);
            await output.WriteLineAsync(Table.Line(row));
            foreach (var note in row.With.Notes) await output.WriteLineAsync($"    {note}");
            rows.Add(row);
        }
        if (options.Results is { } folder) await SaveAsync(folder, rows, stop);
        return await ConcludeAsync(rows);
    }

    private async Task<Row> PlayAsync(IFailure failure, Machines machines, CancellationToken stop)
    {
        var without = await PlayAsync(failure, machines, new PlainSide(machines, time), stop);
        var with = await PlayAsync(failure, machines, new MeshSide(machines), stop);
        return new(failure.Name, without, with, Verdict.Of(without, with, failure.MostAttempts));
    }

    private async Task<Outcome> PlayAsync(IFailure failure, Machines machines, ISide side, CancellationToken stop)
    {
        ShowProgress($"{failure.Name}, {side.Name}");
        await using var disposed = side;
        try
        {
            return await new Trial(machines, failure, side, options.Length, time).RunAsync(stop);
        }
        catch (RigFailedException e)
        {
            throw new RigFailedException($"{failure.Name}, {side.Name}: {e.Message}");
        }
        finally
        {
            ShowProgress("");
        }
    }

    private async Task<int> ConcludeAsync(List<Row> rows)
    {
        var failed = rows.Where(row => !row.Verdict.Met).ToList();
        foreach (var row in failed) await output.WriteLineAsync($"FAILED: {row.Failure}: {row.Verdict.Reason}");
        if (failed.Count > 0) return 1;
        await output.WriteLineAsync($"OK: better with the mesh in {rows.Count} of {rows.Count} rows, and within the budget");
        return 0;
    }

    private async Task SaveAsync(string folder, List<Row> rows, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"chaos-{time.GetLocalNow():yyyy-MM-dd}.md"));
        await File.WriteAllTextAsync(file, $"# Chaos of {time.GetLocalNow():yyyy-MM-dd}\n\n{Machine.Describe()}.\n\n{Table.Markdown(rows)}", stop);
        await output.WriteLineAsync($"\nSaved as {file}");
    }

    // One line that is written over, for who watches; a log gets the rows alone.
    private static void ShowProgress(string doing)
    {
        if (!Console.IsErrorRedirected) Console.Error.Write($"\r\u001b[K{doing}");
    }
}
