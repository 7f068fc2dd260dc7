using System.Net;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;
using Mesh.Rig.Processes;

namespace Mesh.Bench.Suites;

/// <summary>How long programs take from their start until they say that they are ready.</summary>
internal sealed class StartSuite : ISuite
{
    public string Name => "Start to ready";

    public string Description =>
        "From the start of the process until it accepts connections, for ours until `/ready` answers 200: its operator, and what it needs of it, is at hand; with an identity it has a certificate made as well. Launching a process on the measured core is part of all, and in the first row alone.";

    public IReadOnlyList<string> Columns => ["ms"];

    public bool IsQuick => true;

    public async Task<IReadOnlyList<Sample>> RunAsync(Stage stage, BenchOptions options, Action<string> progress, CancellationToken stop)
    {
        var backend = (await Nginx.StartBackendAsync(stage, stop)).Address;
        var plain = await MeshPlane.StartAsync(stage, Manifests.Service("web", "http", backend), policy: null, identity: false, stop);
        var secure = await MeshPlane.StartAsync(stage, Manifests.StrictPod("client") + Manifests.Service("web", "http", backend), policy: null, identity: true, stop);
        var samples = new List<Sample>();
        for (var round = 1; round <= options.Starts; round++)
        {
            progress($"{Name}: round {round} of {options.Starts}");
            samples.Add(await LaunchAsync(stage));
            samples.Add(await HAProxyAsync(stage, backend));
            foreach (var build in stage.Builds)
            {
                samples.Add(await MeshAsync(stage, plain, build, build.Name));
                samples.Add(await MeshAsync(stage, secure, build, $"{build.Name}, with an identity"));
            }
        }
        return samples;
    }

    // It makes a folder, which is there as soon as it runs.
    private static async Task<Sample> LaunchAsync(Stage stage)
    {
        var folder = Path.Combine(stage.Folder, $"{Guid.NewGuid():N}");
        return new("launching alone", [await TimeAsync(stage, new("launch", "/usr/bin/mkdir", folder), () => Directory.Exists(folder))]);
    }

    private static async Task<Sample> HAProxyAsync(Stage stage, IPEndPoint backend)
    {
        var (command, address) = HAProxy.Prepare(stage, Wire.Http11, backend);
        return new("HAProxy", [await TimeAsync(stage, command, () => Probe.Accepts(address))]);
    }

    private static async Task<Sample> MeshAsync(Stage stage, MeshPlane plane, MeshBuild build, string name)
    {
        var (command, ready) = plane.Sidecar(build, "client", ["--outbound", "127.0.0.1:0", "--destination", "127.0.0.1:0=web.bench:80"]);
        return new(name, [await TimeAsync(stage, command, () => Probe.Answers(ready))]);
    }

    private static async Task<double> TimeAsync(Stage stage, Command command, Func<bool> isReady) => (await stage.TimeStartAsync(command, isReady)).TotalMilliseconds;
}
