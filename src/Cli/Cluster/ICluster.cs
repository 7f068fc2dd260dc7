using System.Text.Json.Nodes;

namespace Mesh.Cli.Cluster;

/// <summary>The cluster that meshctl is pointed at.</summary>
internal interface ICluster
{
    /// <summary>The API server's version: major and minor.</summary>
    /// <exception cref="ClusterException">It doesn't answer.</exception>
    Version ServerVersion();

    /// <summary>An object; null where there is none.</summary>
    /// <param name="kind">As kubectl takes it: <c>deployment</c>.</param>
    /// <param name="name">Its name.</param>
    /// <param name="ns">Its namespace; null for a kind that has none.</param>
    /// <exception cref="ClusterException">It could not be asked for.</exception>
    JsonObject? Find(string kind, string name, string? ns = null);

    /// <summary>All objects of a kind.</summary>
    /// <param name="kind">As kubectl takes it.</param>
    /// <param name="ns">Those of one namespace; null: of all.</param>
    /// <exception cref="ClusterException">They could not be asked for, or the cluster has no such kind.</exception>
    IReadOnlyList<JsonObject> List(string kind, string? ns = null);

    /// <summary>Whether whoever runs meshctl may create objects of a kind.</summary>
    bool MayCreate(string kind, string? ns = null);

    /// <summary>Sets an annotation of an object that is there.</summary>
    /// <exception cref="ClusterException">It is not there, or may not be changed.</exception>
    void Annotate(string kind, string name, string ns, string annotation, string value);

    /// <summary>Applies manifests server-side, and returns what kubectl says of each.</summary>
    string Apply(string manifests);

    /// <summary>Deletes what manifests name, where it is there.</summary>
    string Delete(string manifests);

    /// <summary>Restarts a workload's pods as its strategy has it, and waits until the new ones are ready.</summary>
    void Restart(Workload workload, TimeSpan timeout);

    /// <summary>Waits until a workload's pods are those of its template, and ready.</summary>
    void AwaitRollout(Workload workload, TimeSpan timeout);
}
