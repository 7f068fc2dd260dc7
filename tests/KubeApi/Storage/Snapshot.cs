using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Mesh.KubeApi.Storage;

/// <summary>Everything stored, as of one version. Objects in it are shared and never changed: clone before editing.</summary>
internal sealed record Snapshot(long Version, ImmutableDictionary<string, ImmutableSortedDictionary<ObjectKey, JsonObject>> Resources)
{
    public static readonly Snapshot Empty = new(1, ImmutableDictionary<string, ImmutableSortedDictionary<ObjectKey, JsonObject>>.Empty);

    /// <summary>All objects of a resource, by namespace and name.</summary>
    public ImmutableSortedDictionary<ObjectKey, JsonObject> Of(string resource) =>
        Resources.GetValueOrDefault(resource, ImmutableSortedDictionary<ObjectKey, JsonObject>.Empty);

    public JsonObject? Find(ObjectKey key) => Of(key.Resource).GetValueOrDefault(key);

    public Snapshot With(ObjectKey key, JsonObject value, long version) =>
        new(version, Resources.SetItem(key.Resource, Of(key.Resource).SetItem(key, value)));

    public Snapshot Without(ObjectKey key, long version) =>
        new(version, Resources.SetItem(key.Resource, Of(key.Resource).Remove(key)));
}
