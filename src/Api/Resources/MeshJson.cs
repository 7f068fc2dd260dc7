using System.Text.Json.Serialization;
using k8s;

namespace Mesh.Api.Resources;

/// <summary>The mesh's own kinds as JSON without reflection, for programs that are compiled ahead of time.</summary>
[JsonSerializable(typeof(TrafficPolicy))]
[JsonSerializable(typeof(MeshConfig))]
[JsonSerializable(typeof(AuthorizationPolicy))]
public sealed partial class MeshJson : JsonSerializerContext
{
    /// <summary>Has <see cref="KubernetesJson"/> read and write them by it. Call it once, before anything is read.</summary>
    public static void Register() => KubernetesJson.AddJsonOptions(static options => options.TypeInfoResolverChain.Insert(0, Default));
}
