using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Storage;
using Mesh.KubeApi.Writing;

namespace Mesh.KubeApi.Serving;

/// <summary>What is there before the first request.</summary>
internal static class InitialObjects
{
    public static void AddNamespace(Store store, string name, DateTimeOffset now)
    {
        var type = BuiltInResources.Namespace;
        var value = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = name } };
        type.Rules.Default(value);
        ObjectMetaRules.Create(type, value, now);
        type.Rules.PrepareForCreate(value, store.Current);
        store.TryPut(new(type.StorageName, "", name), null, value);
    }
}
