using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.State;

namespace Mesh.Operator.Reconciliation;

/// <summary>Reads entities of one of our kinds, and writes their status.</summary>
internal sealed class EntityClient<TEntity>(IKubernetes kubernetes)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>, IStatus<PolicyStatus?>
{
    public const string FieldManager = "mesh-operator";

    private static readonly string Plural = typeof(TEntity).GetKubernetesTypeMetadata().PluralName;

    /// <returns>Null where there is none.</returns>
    public async Task<TEntity?> GetAsync(NamespacedName name, CancellationToken cancellationToken)
    {
        try
        {
            var found = name.Namespace.Length > 0
                ? await kubernetes.CustomObjects.GetNamespacedCustomObjectAsync(
                    MeshApi.Group, MeshApi.Version, name.Namespace, Plural, name.Name, cancellationToken)
                : await kubernetes.CustomObjects.GetClusterCustomObjectAsync(MeshApi.Group, MeshApi.Version, Plural, name.Name, cancellationToken);
            return Read((JsonElement)found);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Writes the status of the version that was read.</summary>
    /// <exception cref="HttpOperationException">With status 409 where there is a newer version.</exception>
    public async Task PatchStatusAsync(TEntity entity, PolicyStatus status, CancellationToken cancellationToken)
    {
        var content = JsonNode.Parse(KubernetesJson.Serialize(status))!;
        // What is absent from a merge patch stays; what is null goes.
        if (status.Shadow is null && entity.Status?.Shadow is not null) content["shadow"] = null;
        var patch = new V1Patch(
            new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = entity.Metadata.ResourceVersion }, ["status"] = content }.ToJsonString(),
            V1Patch.PatchType.MergePatch);
        if (entity.Metadata.NamespaceProperty is { Length: > 0 } ns)
        {
            await kubernetes.CustomObjects.PatchNamespacedCustomObjectStatusAsync(
                patch, MeshApi.Group, MeshApi.Version, ns, Plural, entity.Metadata.Name, fieldManager: FieldManager, cancellationToken: cancellationToken);
        }
        else
        {
            await kubernetes.CustomObjects.PatchClusterCustomObjectStatusAsync(
                patch, MeshApi.Group, MeshApi.Version, Plural, entity.Metadata.Name, fieldManager: FieldManager, cancellationToken: cancellationToken);
        }
    }

    // The spec may be of a later version than this operator reads, and is not needed here.
    private static TEntity Read(JsonElement found)
    {
        var json = JsonObject.Create(found)!;
        json.Remove("spec");
        return KubernetesJson.Deserialize<TEntity>(json.ToJsonString());
    }
}
