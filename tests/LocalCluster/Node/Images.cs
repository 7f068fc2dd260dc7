namespace Mesh.LocalCluster.Node;

/// <summary>The images that this machine has.</summary>
/// <param name="images">By repository, with neither registry nor tag: <c>mesh/proxy</c>.</param>
internal sealed class Images(IReadOnlyDictionary<string, Image> images)
{
    /// <summary>Null where it's not there.</summary>
    public Image? Find(string reference)
    {
        var repository = Repository(reference);
        return images.FirstOrDefault(image => repository == image.Key || repository.EndsWith($"/{image.Key}", StringComparison.Ordinal)).Value;
    }

    // registry:port/repository:tag@digest
    private static string Repository(string reference)
    {
        var name = reference.Split('@')[0];
        var colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? name[..colon] : name;
    }
}
