using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Operator.Injection;

/// <summary>The label of a namespace by which the API server selects the pods that our webhook is asked about.</summary>
internal static class InjectLabel
{
    /// <returns>What it is to be; null: none.</returns>
    public static string? Of(V1Namespace space) => space.Metadata.Annotations?.TryGetValue(MeshApi.InjectAnnotation, out var wish) is true
        ? wish is "true" or "false" ? wish : MeshApi.InvalidInjectLabel
        : null;

    /// <returns>What it is; null: none.</returns>
    public static string? Found(V1Namespace space) => space.Metadata.Labels?.TryGetValue(MeshApi.InjectLabel, out var label) is true ? label : null;
}
