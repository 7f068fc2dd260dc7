using System.Diagnostics;
using System.Globalization;
using k8s.Models;

namespace Mesh.LocalCluster.Node;

/// <summary>One run of a container's program.</summary>
internal sealed class ContainerProcess
{
    private readonly Process _process;
    private readonly IReadOnlyList<string> _privileges;
    private readonly Dictionary<string, string> _environment;

    private ContainerProcess(Process process, IReadOnlyList<string> privileges, Dictionary<string, string> environment, ContainerLog log, TimeProvider time)
    {
        (_process, _privileges, _environment) = (process, privileges, environment);
        var output = new[] { process.StandardOutput, process.StandardError }.Select(reader => ReadAsync(reader, log, time));
        Exit = WaitAsync(Task.WhenAll(output), log);
    }

    /// <summary>Its exit code, once it has ended; 128 and the signal where one ended it.</summary>
    public Task<int> Exit { get; }

    /// <summary>Starts a container's program; the folder is for this run alone.</summary>
    public static ContainerProcess Start(string folder, V1Container container, PodSettings settings, Image image, ContainerLog log)
    {
        var environment = ContainerEnvironment.Of(container, settings);
        var arguments = (container.Args ?? []).Select(text => ContainerEnvironment.Expand(text, environment));
        IEnumerable<string> entry = container.Command is { Count: > 0 } given ? given.Select(text => ContainerEnvironment.Expand(text, environment)) : image.Entrypoint;
        var script = ContainerFiles.WriteStart(folder, container, settings, image, [.. entry, .. arguments]);
        // The program is the first in a process namespace: when it ends, so does all that it started.
        var start = Redirected("nsenter", [$"--net={settings.Sandbox.Path}", "unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "sh", script], environment);
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new(process, ContainerFiles.Privileges(container, settings), environment, log, settings.Time);
    }

    /// <summary>Runs another program beside it: in its namespaces, as its user.</summary>
    public Process Execute(IEnumerable<string> command)
    {
        var process = Child() ?? throw new InvalidOperationException("the container is not running");
        var id = process.ToString(CultureInfo.InvariantCulture);
        return Process.Start(Redirected("nsenter", ["-t", id, "-m", "-u", "-n", "-p", "-r", "-w", "--", .. _privileges, "--", .. command], _environment))!;
    }

    /// <summary>Asks it to end. A program that doesn't listen for it isn't ended, as the first in its process namespace.</summary>
    public async Task TerminateAsync()
    {
        if (Child() is { } process && !_process.HasExited) await Machine.RunAsync("sh", "-c", $"kill -TERM {process.ToString(CultureInfo.InvariantCulture)} || true");
    }

    public void Kill() => _process.Kill();

    private int? Child()
    {
        var id = _process.Id.ToString(CultureInfo.InvariantCulture);
        var file = $"/proc/{id}/task/{id}/children";
        try
        {
            return int.TryParse(File.ReadAllText(file).Split(' ')[0], CultureInfo.InvariantCulture, out var child) ? child : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static ProcessStartInfo Redirected(string program, IEnumerable<string> arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return start;
    }

    private static async Task ReadAsync(StreamReader reader, ContainerLog log, TimeProvider time)
    {
        while (await reader.ReadLineAsync() is { } line) log.Add(new(time.GetUtcNow(), line));
    }

    private async Task<int> WaitAsync(Task output, ContainerLog log)
    {
        await _process.WaitForExitAsync();
        await output;
        log.Complete();
        return _process.ExitCode;
    }
}
