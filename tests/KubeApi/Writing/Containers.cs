using System.Text.Json.Nodes;
using Mesh.KubeApi.Kinds;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Writing;

/// <summary>Objects that hold others, namespaces and definitions: deleting one deletes what it holds, and it goes last.</summary>
internal sealed class Containers(Store store, TimeProvider time)
{
    public static bool Is(ResourceType type) => type == BuiltInResources.Namespace || type == BuiltInResources.CustomResourceDefinition;

    /// <summary>Deletes what a container that is terminating holds, and the container with it where nothing resists.</summary>
    public void Drain(JsonObject container)
    {
        foreach (var (key, value) in Contents(container).ToList())
        {
            var grace = RulesOf(key).GracePeriod(value, null) ?? 0;
            if (!value.HasFinalizers() && grace == 0) store.TryRemove(key, value);
            else if (!value.IsTerminating()) store.TryPut(key, value, Deletion.Mark(value, time.GetUtcNow(), grace));
        }

        Sweep();
    }

    /// <summary>Removes the containers that waited for what has gone.</summary>
    public void Sweep()
    {
        foreach (var type in new[] { BuiltInResources.Namespace, BuiltInResources.CustomResourceDefinition })
        {
            foreach (var (key, container) in store.Current.Of(type.StorageName))
            {
                if (container.IsTerminating() && !container.HasFinalizers() && !Contents(container).Any()) store.TryRemove(key, container);
            }
        }
    }

    private static KindRules RulesOf(ObjectKey key) =>
        BuiltInResources.All.FirstOrDefault(type => type.StorageName == key.Resource)?.Rules ?? KindRules.None;

    private IEnumerable<KeyValuePair<ObjectKey, JsonObject>> Contents(JsonObject container) =>
        container.Text("kind") is "Namespace"
            ? store.Current.Resources.Values.SelectMany(objects => objects).Where(entry => entry.Key.Namespace == container.Name())
            : store.Current.Of($"{container["spec"].Text("group")}/{container["spec"]?["names"].Text("plural")}");
}
