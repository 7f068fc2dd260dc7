namespace Mesh.KubeApi.Clusters;

/// <summary>
/// A cache of discovery for one command of kubectl or helm. One that lasted longer would not know the short names of a definition applied
/// since, and could belong to an earlier server on the same port.
/// </summary>
internal sealed class DiscoveryCache : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-tool-");

    public string Path => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
