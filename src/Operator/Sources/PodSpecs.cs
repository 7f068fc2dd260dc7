using System.Collections.Concurrent;
using k8s;
using k8s.Models;

namespace Mesh.Operator.Sources;

/// <summary>
/// What is kept of pods' specs, once for all that are alike: the pods of a workload are, and a spec takes several times what is the
/// pod's own. Nobody changes what was read.
/// </summary>
internal static class PodSpecs
{
    // Far more than there are kinds of pods; those of workloads that are gone are let go of in time.
    private const int Most = 10_000;

    private static readonly ConcurrentDictionary<string, V1PodSpec> Known = new(StringComparer.Ordinal);

    /// <summary>The spec, or one like it that is known.</summary>
    public static V1PodSpec Shared(V1PodSpec spec)
    {
        if (Known.Count >= Most) Known.Clear();
        return Known.GetOrAdd(KubernetesJson.Serialize(spec), spec);
    }
}
