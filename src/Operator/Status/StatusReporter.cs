using Mesh.Operator.Compilation;
using Mesh.Operator.Discovery;
using Mesh.Operator.Identity;
using Mesh.Operator.State;

namespace Mesh.Operator.Status;

/// <summary>Follows the state and the proxies' answers, and reports the status of every object that they touch.</summary>
internal sealed class StatusReporter(SubscriptionTable table, WorkloadTable workloads, ShadowLedger shadows, IEnumerable<IStatusWriter> writers, AuthorityStatus authority, TimeProvider time) : BackgroundLoop
{
    // A change that a thousand proxies acknowledge is a handful of reports, not a thousand.
    private static readonly TimeSpan Coalesce = TimeSpan.FromMilliseconds(50);

    private readonly HashSet<string> _configs = [];

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        var outputs = writers.ToList();
        authority.Changed += ReportAll;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var change = await table.Applied.NextAsync(stoppingToken);
                if (outputs.Count == 0) continue;
                var report = Compile(change);
                foreach (var output in outputs) await output.WriteAsync(report, stoppingToken);
                await Task.Delay(Coalesce, time, stoppingToken);
            }
        }
        finally
        {
            authority.Changed -= ReportAll;
        }
    }

    // What became of the authority is nothing that the cluster knows of.
    private void ReportAll() => table.Applied.Add(new ChangeSet { Everything = true });

    private StatusReport Compile(ClusterChange change)
    {
        var (cluster, changes) = change;
        var statuses = new List<ResourceStatus>();
        var removed = new List<(ResourceKind, NamespacedName)>();
        foreach (var name in changes.Everything ? cluster.Policies.Keys.Concat(changes.Policies).Distinct() : Affected(cluster, changes))
        {
            if (cluster.Policies.TryGetValue(name, out var policy)) statuses.Add(StatusCompiler.Compile(cluster, policy, table.Programmed(policy), shadows.Of(name, policy.InForce?.Metadata.Generation ?? 0)));
            else removed.Add((ResourceKind.TrafficPolicy, name));
        }
        foreach (var name in changes.Everything ? cluster.Authorizations.Keys.Concat(changes.Authorizations).Distinct() : AffectedAuthorizations(cluster, changes))
        {
            if (cluster.Authorizations.TryGetValue(name, out var policy)) statuses.Add(StatusCompiler.Compile(cluster, policy, workloads.Programmed(policy)));
            else removed.Add((ResourceKind.AuthorizationPolicy, name));
        }
        if (changes.Everything) CompileConfigs(cluster, statuses, removed);
        return new(cluster, statuses, removed);
    }

    private static IEnumerable<NamespacedName> Affected(ClusterSnapshot cluster, ChangeSet changes) =>
        changes.Services.SelectMany(service => cluster.PoliciesByTarget.GetValueOrDefault(service) ?? []).Concat(changes.Policies).Distinct();

    private static IEnumerable<NamespacedName> AffectedAuthorizations(ClusterSnapshot cluster, ChangeSet changes) =>
        changes.Namespaces.SelectMany(space => cluster.AuthorizationsByNamespace.GetValueOrDefault(space) ?? []).Concat(changes.Authorizations).Distinct();

    private void CompileConfigs(ClusterSnapshot cluster, List<ResourceStatus> statuses, List<(ResourceKind, NamespacedName)> removed)
    {
        foreach (var gone in _configs.Where(name => !cluster.Configs.ContainsKey(name)).ToList())
        {
            _configs.Remove(gone);
            removed.Add((ResourceKind.MeshConfig, new("", gone)));
        }
        foreach (var (name, config) in cluster.Configs)
        {
            _configs.Add(name);
            statuses.Add(StatusCompiler.Compile(config, authority.Condition));
        }
    }
}
