namespace Mesh.LocalCluster.Node;

/// <summary>The images that this machine has.</summary>
/// <param name="images">By repository, without its registry, <c>mesh/proxy</c>; with a tag, <c>mesh/proxy:0.1.0</c>, for that tag alone.</param>
internal sealed class Images(IReadOnlyDictionary<string, Image> images)
{
    /// <summary>Null where it's not there.</summary>
    public Image? Find(string reference)
    {
        // registry:port/repository:tag@digest
        var name = reference.Split('@')[0];
        var colon = name.LastIndexOf(':');
        return FindBy(name) ?? (colon > name.LastIndexOf('/') ? FindBy(name[..colon]) : null);
    }

    private Image? FindBy(string name) => images.FirstOrDefault(image => name == image.Key || name.EndsWith($"/{image.Key}", StringComparison.Ordinal)).Value;
}
