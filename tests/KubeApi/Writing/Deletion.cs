using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Writing;

/// <summary>Deletion in two steps: marked first, gone once nothing holds the object any more.</summary>
internal static class Deletion
{
    /// <summary>The object as it waits for its finalizers or for its grace period.</summary>
    public static JsonObject Mark(JsonObject value, DateTimeOffset now, long graceSeconds)
    {
        var marked = value.Clone();
        var metadata = marked.Metadata();
        metadata["deletionTimestamp"] = KubeObject.Timestamp(now.AddSeconds(graceSeconds));
        metadata["deletionGracePeriodSeconds"] = graceSeconds;
        if (marked.Generation() > 0) metadata["generation"] = marked.Generation() + 1;
        if (marked.Text("kind") is "Namespace") marked["status"] = new JsonObject { ["phase"] = "Terminating" };
        return marked;
    }

    /// <summary>Whether an object that is marked has nothing left to wait for.</summary>
    public static bool IsDue(JsonObject value) =>
        value.IsTerminating() && !value.HasFinalizers() && value["metadata"]?["deletionGracePeriodSeconds"]?.GetValue<long>() is null or 0;
}
