using System.Text.Json.Nodes;

namespace Mesh.KubeApi.Storage;

/// <summary>One write: the object before it (null: created) and after it (null: deleted), and the store it led to.</summary>
internal sealed record Change(ObjectKey Key, JsonObject? Before, JsonObject? After, Snapshot Snapshot)
{
    public long Version => Snapshot.Version;
}
