using System.Diagnostics;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>A server program in a pod, as an application that knows of no mesh: as nobody, in a folder of its own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private static readonly string[] Nobody = ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"];

    private readonly Process _process;

    private TestServer(Process process) => _process = process;

    /// <param name="pod">Where it runs.</param>
    /// <param name="folder">Its working folder.</param>
    /// <param name="command">The program and its arguments.</param>
    public static async Task<TestServer> StartAsync(Pod pod, DirectoryInfo folder, params string[] command)
    {
        // Its output goes nowhere: a full pipe would stop it.
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", .. Nobody, "--", "sh", "-c", "exec \"$@\" > log 2>&1 < /dev/null", "sh", .. command])
        {
            WorkingDirectory = folder.FullName,
        };
        return pod.Own(new TestServer(await pod.Namespace.StartAsync(start)));
    }

    /// <summary>A folder that the server may write to.</summary>
    public static DirectoryInfo NewFolder(DirectoryInfo parent, string name)
    {
        var folder = parent.CreateSubdirectory(name);
        folder.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        return folder;
    }

    /// <summary>Runs a program as nobody.</summary>
    public static string[] AsNobody(params string[] command) => ["setpriv", .. Nobody, "--", .. command];

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
