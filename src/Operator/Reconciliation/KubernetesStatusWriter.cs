using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.State;
using Mesh.Operator.Status;

namespace Mesh.Operator.Reconciliation;

/// <summary>
/// Writes statuses to the Kubernetes API while this replica holds the lease, and knows what they should say at all times, so that a
/// new holder can start at once.
/// </summary>
internal sealed partial class KubernetesStatusWriter(
    ClusterState state,
    DesiredStatuses desired,
    EntityClient<TrafficPolicy> policies,
    EntityClient<AuthorizationPolicy> authorizations,
    EntityClient<MeshConfig> configs,
    IEntityController<TrafficPolicy> policyController,
    IEntityController<AuthorizationPolicy> authorizationController,
    IEntityController<MeshConfig> configController,
    TimeProvider time,
    ILogger<KubernetesStatusWriter> logger) : IStatusWriter, ILeaderWork
{
    // Enough that one slow write holds up nobody, few enough to be no load.
    private const int Workers = 4;

    private volatile WorkQueue<EntityKey>? _queue;

    public ValueTask WriteAsync(StatusReport report, CancellationToken cancellationToken)
    {
        foreach (var status in report.Statuses)
        {
            var key = new EntityKey(status.Kind, status.Name);
            desired.Set(key, status);
            _queue?.Add(key);
        }
        foreach (var (kind, name) in report.Removed)
        {
            desired.Remove(new(kind, name));
            _queue?.Forget(new(kind, name));
        }
        return ValueTask.CompletedTask;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var queue = new WorkQueue<EntityKey>(new WorkQueueOptions(), time);
        _queue = queue;
        foreach (var key in desired.Keys) queue.Add(key);
        try
        {
            await AllOrNone.RunAsync([.. Enumerable.Repeat<Func<CancellationToken, Task>>(token => WorkAsync(queue, token), Workers), token => FollowAsync(queue, token)], cancellationToken);
        }
        finally
        {
            _queue = null;
        }
    }

    /// <summary>Looks again at every policy: what replicas count together is otherwise than before.</summary>
    public void Reconsider()
    {
        if (_queue is not { } queue) return;
        var cluster = state.Current;
        foreach (var (name, policy) in cluster.Policies) AddIfDifferent(queue, new(ResourceKind.TrafficPolicy, name), policy.Latest.Status);
        foreach (var (name, policy) in cluster.Authorizations) AddIfDifferent(queue, new(ResourceKind.AuthorizationPolicy, name), policy.Latest.Status);
    }

    /// <summary>Looks again at what somebody else has changed, such as an object that was replaced together with its status.</summary>
    private async Task FollowAsync(WorkQueue<EntityKey> queue, CancellationToken cancellationToken)
    {
        using var feed = state.Follow();
        while (true)
        {
            var (cluster, changes) = await feed.NextAsync(cancellationToken);
            foreach (var name in changes.Everything ? cluster.Policies.Keys : changes.Policies)
            {
                if (cluster.Policies.TryGetValue(name, out var policy)) AddIfDifferent(queue, new(ResourceKind.TrafficPolicy, name), policy.Latest.Status);
            }
            foreach (var name in changes.Everything ? cluster.Authorizations.Keys : changes.Authorizations)
            {
                if (cluster.Authorizations.TryGetValue(name, out var policy)) AddIfDifferent(queue, new(ResourceKind.AuthorizationPolicy, name), policy.Latest.Status);
            }
            if (!changes.Everything) continue;
            foreach (var (name, config) in cluster.Configs) AddIfDifferent(queue, new(ResourceKind.MeshConfig, new("", name)), config.Latest.Status);
        }
    }

    private void AddIfDifferent(WorkQueue<EntityKey> queue, EntityKey key, PolicyStatus? existing)
    {
        if (desired.Find(key) is { } status && StatusMerge.Merge(existing, status, time.GetUtcNow()) is not null) queue.Add(key);
    }

    private async Task WorkAsync(WorkQueue<EntityKey> queue, CancellationToken cancellationToken)
    {
        while (true)
        {
            var key = await queue.TakeAsync(cancellationToken);
            var succeeded = false;
            try
            {
                await ReconcileAsync(key, cancellationToken);
                succeeded = true;
            }
            catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.NotFound)
            {
                LogOvertaken(key);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                LogFailed(key, exception.Describe());
            }
            queue.Complete(key, succeeded);
        }
    }

    private Task ReconcileAsync(EntityKey key, CancellationToken cancellationToken) => key.Kind switch
    {
        ResourceKind.TrafficPolicy => ReconcileAsync(policies, policyController, key.Name, cancellationToken),
        ResourceKind.AuthorizationPolicy => ReconcileAsync(authorizations, authorizationController, key.Name, cancellationToken),
        _ => ReconcileAsync(configs, configController, key.Name, cancellationToken),
    };

    // The API server's own view, not the informer's: that may still be from before our last write.
    private static async Task ReconcileAsync<TEntity>(
        EntityClient<TEntity> client, IEntityController<TEntity> controller, NamespacedName name, CancellationToken cancellationToken)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>, IStatus<PolicyStatus?>
    {
        if (await client.GetAsync(name, cancellationToken) is { } entity) await controller.ReconcileAsync(entity, cancellationToken);
    }

    [LoggerMessage(LogLevel.Debug, "{Key} changed while its status was written; trying again.")]
    private partial void LogOvertaken(EntityKey key);

    [LoggerMessage(LogLevel.Warning, "Could not write the status of {Key}; trying again. {Reason}")]
    private partial void LogFailed(EntityKey key, string reason);
}
