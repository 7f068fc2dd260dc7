using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>The proxy's program where every user can run it: the tests may be in a folder that only root can enter.</summary>
internal static class UnprivilegedProxy
{
    private static readonly Lazy<string> Copy = new(MakeCopy);

    public static string Path => Copy.Value;

    /// <summary>As the sidecar's container runs: its user, no capability, and none to be had.</summary>
    public static string[] PrivilegesOf(int user) =>
        ["--reuid", $"{user}", "--regid", $"{user}", "--clear-groups", "--inh-caps", "-all", "--bounding-set", "-all", "--no-new-privs"];

    private static string MakeCopy()
    {
        var program = new FileInfo(MeshProcess.PathOf("mesh-proxy"));
        var folder = Directory.CreateTempSubdirectory("mesh-proxy-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        folder.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        // Compiled ahead of time it is one file; the build for the JIT has its libraries beside it.
        var files = File.Exists(program.FullName + ".dll") ? program.Directory!.GetFiles() : [program];
        foreach (var file in files)
        {
            var copy = file.CopyTo(System.IO.Path.Combine(folder.FullName, file.Name));
            copy.UnixFileMode |= UnixFileMode.OtherRead | (file.Name == program.Name ? UnixFileMode.OtherExecute : 0);
        }
        return System.IO.Path.Combine(folder.FullName, program.Name);
    }
}
