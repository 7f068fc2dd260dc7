using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Resources;

/// <summary>The kinds that are served now: the built-in ones, and those of the definitions stored.</summary>
internal sealed class ResourceRegistry(Store store)
{
    private readonly Lock _gate = new();
    private object? _definitions;
    private IReadOnlyList<ResourceType> _served = [];

    public IReadOnlyList<ResourceType> Served
    {
        get
        {
            var definitions = store.Current.Of(BuiltInResources.CustomResourceDefinition.StorageName);
            lock (_gate)
            {
                if (!ReferenceEquals(_definitions, definitions))
                {
                    _served = [.. BuiltInResources.All, .. definitions.Values.SelectMany(CustomResources.Of)];
                    _definitions = definitions;
                }

                return _served;
            }
        }
    }

    public ResourceType? Find(string group, string version, string plural) =>
        Served.FirstOrDefault(type => type.Group == group && type.Version == version && type.Plural == plural);
}
