using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Mesh.EndToEnd.Tests.Meshes;

/// <summary>
/// One of the mesh's programs, running. Its output is kept, and read for where it listens. It can't outlive the tests: the
/// kernel kills it with them (PR_SET_PDEATHSIG, by way of setpriv from util-linux).
/// </summary>
internal sealed partial class MeshProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _program;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<IPEndPoint>> _listeners = new();

    private MeshProcess(string program, Process process) => (_program, _process) = (program, process);

    public string Output => string.Join('\n', _output);

    /// <summary>Starts <c>mesh-operator</c> or <c>mesh-proxy</c>: the one that <c>MESH_OPERATOR_PROGRAM</c> or <c>MESH_PROXY</c> names, else the one just built.</summary>
    public static MeshProcess Start(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", PathOf(program), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = new Process { StartInfo = start };
        var mesh = new MeshProcess(program, process);
        process.OutputDataReceived += (_, line) => mesh.Read(line.Data);
        process.ErrorDataReceived += (_, line) => mesh.Read(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return mesh;
    }

    /// <summary>Waits until the program says where it listens for something (<c>outbound</c>, <c>discovery</c>, ...).</summary>
    public async Task<IPEndPoint> ListensForAsync(string what)
    {
        var exited = _process.WaitForExitAsync();
        var listening = Listener(what).Task;
        var first = await Task.WhenAny(listening, exited, Task.Delay(Patience));
        if (first != listening) Assert.Fail($"{_program} does not listen for {what}{(first == exited ? $", it ended with {_process.ExitCode}" : "")}. Its output:\n{Output}");
        return await listening;
    }

    /// <summary>Asks it to end (SIGTERM) and waits.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited) using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"])) await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    public static string PathOf(string program)
    {
        var named = Environment.GetEnvironmentVariable(program is "mesh-proxy" ? "MESH_PROXY" : "MESH_OPERATOR_PROGRAM");
        return named ?? typeof(MeshProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(metadata => metadata.Key == $"Program:{program}").Value!;
    }

    private void Read(string? line)
    {
        if (line is null) return;
        _output.Enqueue(line);
        if (Listening().Match(line) is { Success: true } match)
            Listener(match.Groups["what"].Value).TrySetResult(IPEndPoint.Parse(match.Groups["where"].Value));
    }

    private TaskCompletionSource<IPEndPoint> Listener(string what) =>
        _listeners.GetOrAdd(what, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    [GeneratedRegex(@"listening for (?<what>\S+) on (http://)?(?<where>[\d.]+:\d+)")]
    private static partial Regex Listening();
}
