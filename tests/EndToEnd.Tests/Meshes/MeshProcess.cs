using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Mesh.EndToEnd.Tests.Namespaces;

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
        var mesh = Prepare(program, ["--pdeathsig", "KILL"], PathOf(program), arguments);
        ProcessThread.Do(mesh._process.Start);
        mesh.ReadOutput();
        return mesh;
    }

    /// <summary>Starts a program in a network namespace.</summary>
    /// <param name="namespace">Where.</param>
    /// <param name="program"><c>mesh-operator</c> or <c>mesh-proxy</c>.</param>
    /// <param name="path">The program's file.</param>
    /// <param name="privileges">What setpriv is to make of the program's user and capabilities.</param>
    /// <param name="arguments">The program's.</param>
    public static async Task<MeshProcess> StartInAsync(
        NetworkNamespace @namespace, string program, string path, string[] privileges, params IEnumerable<string> arguments)
    {
        var mesh = Prepare(program, ["--pdeathsig", "KILL", .. privileges], path, arguments);
        await @namespace.DoAsync(mesh._process.Start);
        mesh.ReadOutput();
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

    private static MeshProcess Prepare(string program, IEnumerable<string> privileges, string path, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("setpriv", [.. privileges, path, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = new Process { StartInfo = start };
        var mesh = new MeshProcess(program, process);
        process.OutputDataReceived += (_, line) => mesh.Read(line.Data);
        process.ErrorDataReceived += (_, line) => mesh.Read(line.Data);
        return mesh;
    }

    private void ReadOutput()
    {
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
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

    [GeneratedRegex(@"listening for (?<what>\S+) on (https?://)?(?<where>[\d.]+:\d+)")]
    private static partial Regex Listening();
}
