using System.Net;
using Mesh.Bench.Measuring;
using Mesh.Rig;
using Mesh.Rig.Processes;

namespace Mesh.Bench.Peers;

/// <summary>An operator, and the proxies that it tells what to do. The operator runs beside the load; what it costs is not counted.</summary>
/// <param name="stage">Where both run.</param>
/// <param name="folder">Its own, within the stage's.</param>
/// <param name="identityFolder">Where it keeps its authority; null: it has none, and proxies speak in the clear.</param>
/// <param name="discovery">Where it listens.</param>
internal sealed class MeshPlane(Stage stage, string folder, string? identityFolder, IPEndPoint discovery)
{
    /// <param name="stage">Where it runs.</param>
    /// <param name="manifest">What is in its cluster.</param>
    /// <param name="policy">A file beside this program that is there too; null: none.</param>
    /// <param name="identity">Whether it gives proxies identities.</param>
    /// <param name="stop">Ends the wait.</param>
    public static async Task<MeshPlane> StartAsync(Stage stage, string manifest, string? policy, bool identity, CancellationToken stop)
    {
        var folder = $"mesh-{Guid.NewGuid():N}";
        var manifests = Path.GetDirectoryName(stage.Write($"{folder}/manifests/cluster.yaml", manifest))!;
        if (policy is not null) File.Copy(Path.Combine(AppContext.BaseDirectory, "Peers", policy), Path.Combine(manifests, policy));
        var state = Directory.CreateDirectory(Path.Combine(stage.Folder, folder, "state")).FullName;
        var (discovery, admin) = (Stage.FreeAddress(), Stage.FreeAddress());
        string[] options = identity ? ["--state", state] : [];
        await stage.StartAsync(
            new Command($"{folder}-operator", Programs.Operator, ["run", "--manifests", manifests, "--discovery", $"{discovery}", "--admin", $"{admin}", .. options]),
            Cores.Rest, new Uri($"http://{admin}/readyz"), stop);
        return new(stage, folder, identity ? Path.Combine(state, "identity") : null, discovery);
    }

    /// <summary>Starts a proxy on the measured core, and waits until it is ready.</summary>
    public async Task<MeshSidecar> StartSidecarAsync(MeshBuild build, string name, IEnumerable<string> ports, CancellationToken stop)
    {
        var (command, ready) = Sidecar(build, name, ports);
        return new(await stage.StartAsync(command, Cores.Measured, ready, stop), new Uri(ready, "/metrics"));
    }

    /// <summary>The command that starts a proxy, and what answers 200 once it is ready.</summary>
    public (Command Command, Uri Ready) Sidecar(MeshBuild build, string name, IEnumerable<string> ports)
    {
        var admin = Stage.FreeAddress();
        string[] identity = identityFolder is null
            ? ["--operator", $"http://{discovery}"]
            : ["--operator", $"https://{discovery}", "--trust-anchors", $"{identityFolder}/anchors.pem", "--token-file", $"{identityFolder}/join.key"];
        return (new Command($"{folder}-{build.Name}-{name}", build.Program,
            ["run", .. identity, "--name", name, "--namespace", "bench", "--service-account", name, "--admin", $"{admin}", .. ports]), new Uri($"http://{admin}/ready"));
    }
}
