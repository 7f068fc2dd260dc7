using System.Collections.Concurrent;
using System.Diagnostics;

namespace Mesh.Rig.Processes;

/// <summary>
/// Starts programs that end when this one does, however it ends: the kernel kills a child whose parent-death signal is set.
/// "Parent" means the thread that forked (prctl(2), PR_SET_PDEATHSIG), so all are started by one thread that lives on.
/// </summary>
internal sealed class ProcessStarter : IDisposable
{
    // A session of its own keeps the terminal's Ctrl-C from the child: it is this program that stops it.
    private const string Script = """exec setsid setpriv --pdeathsig KILL -- "$@" >>"$0" 2>&1 </dev/null""";

    private readonly string _logs;
    private readonly BlockingCollection<Action> _starts = [];

    public ProcessStarter(string logs)
    {
        _logs = logs;
        new Thread(Run) { IsBackground = true, Name = nameof(ProcessStarter) }.Start();
    }

    public Task<ChildProcess> StartAsync(Command command)
    {
        var started = new TaskCompletionSource<ChildProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        _starts.Add(() =>
        {
            try
            {
                started.SetResult(Start(command));
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        });
        return started.Task;
    }

    public void Dispose() => _starts.CompleteAdding();

    private void Run()
    {
        foreach (var start in _starts.GetConsumingEnumerable()) start();
    }

    private ChildProcess Start(Command command)
    {
        if (!File.Exists(command.File)) throw new FileNotFoundException($"{command.Name}: there is no program {command.File}; `make build` builds it.");
        var log = Path.Combine(_logs, $"{command.Name}.log");
        var info = new ProcessStartInfo("/bin/sh", ["-c", Script, log, command.File, .. command.Arguments]);
        foreach (var (name, value) in command.Environment) info.Environment[name] = value;
        return new(command.Name, log, Process.Start(info)!);
    }
}
