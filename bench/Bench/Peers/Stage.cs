using System.Net;
using System.Net.Sockets;
using Mesh.Bench.Measuring;
using Mesh.Rig;
using Mesh.Rig.Processes;

namespace Mesh.Bench.Peers;

/// <summary>Starts peers and backends, on the cores that are theirs, in a folder of the run's own.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private static readonly string[] Folders = ["/usr/sbin", "/usr/bin", "/usr/local/bin"];

    private readonly ProcessStarter _starter;
    private readonly List<ChildProcess> _started = [];

    public Stage(BenchOptions options, TimeProvider time)
    {
        (Builds, Time) = ([new("mesh-proxy", options.Proxy), .. options.Baseline is { } baseline ? [new MeshBuild("baseline", baseline)] : Array.Empty<MeshBuild>()], time);
        Folder = Directory.CreateTempSubdirectory("mesh-bench-").FullName;
        _starter = new(Folder);
    }

    /// <summary>The programs mesh-proxy that are measured: this tree's, and the one that it is compared with.</summary>
    public IReadOnlyList<MeshBuild> Builds { get; }

    public TimeProvider Time { get; }

    /// <summary>Asks what runs here.</summary>
    public HttpClient Client { get; } = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>Configuration and logs; removed at the end.</summary>
    public string Folder { get; }

    /// <summary>A port that is free now.</summary>
    public static IPEndPoint FreeAddress()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>A program of the distribution; <c>eng/prerequisites.sh bench</c> installs it.</summary>
    public static string Installed(string program) =>
        Folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
        ?? throw new RigFailedException($"{program} is not installed; `eng/prerequisites.sh bench` installs it.");

    /// <summary>Writes a file into the run's folder.</summary>
    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Starts a program and waits until it accepts connections.</summary>
    public async Task<ChildProcess> StartAsync(Command command, IReadOnlyList<string> cores, IPEndPoint listens, CancellationToken stop)
    {
        var process = await StartAsync(command, cores);
        await WaitAsync(process, () => Probe.Accepts(listens), listens.ToString(), stop);
        return process;
    }

    /// <summary>Starts a program and waits until its probe answers 200.</summary>
    public async Task<ChildProcess> StartAsync(Command command, IReadOnlyList<string> cores, Uri probe, CancellationToken stop)
    {
        var process = await StartAsync(command, cores);
        await new Readiness(Client, Time).WaitAsync(process, probe, stop);
        return process;
    }

    /// <summary>Starts a program on the measured core, asks it every millisecond whether it is ready, and ends it.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> TimeStartAsync(Command command, Func<bool> isReady)
    {
        var since = Time.GetTimestamp();
        await using var process = await StartAsync(command, Cores.Measured);
        while (!isReady())
        {
            if (process.Exited.IsCompleted && await process.Exited is not 0 and var exitCode) throw new RigFailedException($"{process.Name} ended with exit code {exitCode}:\n{process.LastWords()}");
            if (Time.GetElapsedTime(since) > Patience) throw new RigFailedException($"{process.Name} is not ready after {Patience.TotalSeconds:0} s");
            Thread.Sleep(1);
        }
        return Time.GetElapsedTime(since);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_started.Select(process => process.DisposeAsync().AsTask()));
        _starter.Dispose();
        Client.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task<ChildProcess> StartAsync(Command command, IReadOnlyList<string> cores)
    {
        string[] line = [.. cores, command.File, .. command.Arguments];
        var process = await _starter.StartAsync(command with { File = line[0], Arguments = line[1..] });
        _started.Add(process);
        return process;
    }

    private async Task WaitAsync(ChildProcess process, Func<bool> ready, string what, CancellationToken stop)
    {
        var since = Time.GetTimestamp();
        while (!ready())
        {
            if (process.Exited.IsCompleted) throw new RigFailedException($"{process.Name} ended with exit code {await process.Exited}:\n{process.LastWords()}");
            if (Time.GetElapsedTime(since) > Patience) throw new RigFailedException($"{process.Name} does not listen on {what} after {Patience.TotalSeconds:0} s");
            await Task.Delay(Interval, Time, stop);
        }
    }
}
