using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Status;

/// <summary>
/// Standalone status: <c>status/Kind.namespace.name.yaml</c> under the state folder, each the object with its status. A reader
/// never sees half a file, and an object that is gone has none.
/// </summary>
internal sealed partial class StatusFiles(StateFolder folder, TimeProvider time, ILogger<StatusFiles> logger) : IStatusWriter
{
    private const string Folder = "status";

    private readonly Dictionary<string, IKubernetesObject<V1ObjectMeta>> _written = [];
    private bool _started;

    public ValueTask WriteAsync(StatusReport report, CancellationToken cancellationToken)
    {
        if (!_started) Start(report.Snapshot);
        foreach (var status in report.Statuses) Write(report.Snapshot, status);
        foreach (var (kind, name) in report.Removed) Remove(FileName(kind, name));
        return ValueTask.CompletedTask;
    }

    /// <summary>Takes over the files of an earlier run, so that a condition's time outlives a restart, and removes those of objects that are gone.</summary>
    private void Start(ClusterSnapshot cluster)
    {
        var present = cluster.Policies.Keys.Select(name => FileName(ResourceKind.TrafficPolicy, name))
            .Concat(cluster.Authorizations.Keys.Select(name => FileName(ResourceKind.AuthorizationPolicy, name)))
            .Concat(cluster.Configs.Keys.Select(name => FileName(ResourceKind.MeshConfig, new("", name))))
            .ToHashSet(StringComparer.Ordinal);
        try
        {
            foreach (var file in Directory.CreateDirectory(Path.Combine(folder.Path, Folder)).EnumerateFiles("*.yaml"))
            {
                if (!present.Contains(file.Name)) Remove(file.Name);
                else if (ManifestReader.Read(file.Name, File.ReadAllText(file.FullName)).Objects is [var resource]) _written.TryAdd(file.Name, resource);
            }
            _started = true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogFailed(folder.Path, exception.Message);
        }
    }

    private void Write(ClusterSnapshot cluster, ResourceStatus status)
    {
        var file = FileName(status.Kind, status.Name);
        var before = _written.GetValueOrDefault(file);
        var merged = StatusMerge.Merge(StatusOf(before), status, time.GetUtcNow());
        if (WithStatus(cluster, status, merged ?? StatusOf(before)) is not { } resource) return;
        if (merged is null && SpecIsWritten(before, resource)) return;
        folder.Write(Path.Combine(Folder, file), ManifestWriter.Write(resource));
        _written[file] = resource;
    }

    private void Remove(string file)
    {
        folder.Delete(Path.Combine(Folder, file));
        _written.Remove(file);
    }

    // A new spec is a new generation, which the status names; so only annotations and labels can differ without it.
    private static bool SpecIsWritten(IKubernetesObject<V1ObjectMeta>? before, IKubernetesObject<V1ObjectMeta> now) =>
        before is not null && JsonNode.DeepEquals(JsonNode.Parse(KubernetesJson.Serialize(before)), JsonNode.Parse(KubernetesJson.Serialize(now)));

    private static PolicyStatus? StatusOf(IKubernetesObject<V1ObjectMeta>? resource) => (resource as IStatus<PolicyStatus?>)?.Status;

    private static IKubernetesObject<V1ObjectMeta>? WithStatus(ClusterSnapshot cluster, ResourceStatus status, PolicyStatus? merged) => status.Kind switch
    {
        ResourceKind.TrafficPolicy when cluster.Policies.TryGetValue(status.Name, out var policy) =>
            new TrafficPolicy { Metadata = policy.Latest.Metadata, Spec = policy.Latest.Spec, Status = merged },
        ResourceKind.AuthorizationPolicy when cluster.Authorizations.TryGetValue(status.Name, out var authorization) =>
            new AuthorizationPolicy { Metadata = authorization.Latest.Metadata, Spec = authorization.Latest.Spec, Status = merged },
        ResourceKind.MeshConfig when cluster.Configs.TryGetValue(status.Name.Name, out var config) =>
            new MeshConfig { Metadata = config.Latest.Metadata, Spec = config.Latest.Spec, Status = merged },
        _ => null,
    };

    private static string FileName(ResourceKind kind, NamespacedName name) =>
        name.Namespace.Length == 0 ? $"{kind}.{name.Name}.yaml" : $"{kind}.{name.Namespace}.{name.Name}.yaml";

    [LoggerMessage(Level = LogLevel.Warning, Message = "The statuses of an earlier run can't be read from {Folder}: {Reason}")]
    private partial void LogFailed(string folder, string reason);
}
