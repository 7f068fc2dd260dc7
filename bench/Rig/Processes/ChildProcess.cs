using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Mesh.Rig.Processes;

/// <summary>A program that this one started.</summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Process _process;

    public ChildProcess(string name, string log, Process process)
    {
        (Name, Log, _process) = (name, log, process);
        Exited = WaitAsync();
    }

    public string Name { get; }

    public int Id => _process.Id;

    /// <summary>The file that its output goes to.</summary>
    public string Log { get; }

    /// <summary>Completes with its exit code.</summary>
    public Task<int> Exited { get; }

    /// <summary>Whether its end was asked for.</summary>
    public bool Stopping { get; private set; }

    /// <summary>Ends it without a goodbye.</summary>
    public Task KillAsync()
    {
        Stopping = true;
        _process.Kill();
        return Exited;
    }

    /// <summary>Asks it to end, and ends it where it doesn't.</summary>
    public async Task StopAsync()
    {
        Stopping = true;
        if (!Exited.IsCompleted) _ = Kill(_process.Id, SigTerm);
        try
        {
            await Exited.WaitAsync(Grace);
        }
        catch (TimeoutException)
        {
            await KillAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }

    /// <summary>The end of its log, for the one who asks why it ended.</summary>
    public string LastWords(int lines = 8) => string.Join('\n', File.ReadLines(Log).TakeLast(lines));

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
