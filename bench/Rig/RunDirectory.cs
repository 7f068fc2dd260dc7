using System.Globalization;

namespace Mesh.Rig;

/// <summary>The folder of one run: what it generated, what its programs logged, what the operator says of the policies.</summary>
internal sealed class RunDirectory
{
    private RunDirectory(string path)
    {
        Path = path;
        foreach (var folder in (string[])[Logs, Manifests, State]) Directory.CreateDirectory(folder);
    }

    public string Path { get; }

    public string Logs => System.IO.Path.Combine(Path, "logs");

    public string Manifests => System.IO.Path.Combine(Path, "manifests");

    public string State => System.IO.Path.Combine(Path, "state");

    public static RunDirectory Create(string parent, TimeProvider time) => new(System.IO.Path.Combine(parent,
        string.Create(CultureInfo.InvariantCulture, $"{time.GetLocalNow():yyyyMMdd-HHmmss}-{Environment.ProcessId}")));
}
