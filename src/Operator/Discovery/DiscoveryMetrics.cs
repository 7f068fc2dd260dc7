using System.Diagnostics.Metrics;
using Mesh.Operator.State;
using Mesh.Operator.Telemetry;

namespace Mesh.Operator.Discovery;

/// <summary>What the discovery server counts.</summary>
internal sealed class DiscoveryMetrics
{
    private static readonly KeyValuePair<string, object?>[] KindTags =
        [.. Enum.GetValues<UpdateKind>().Select(kind => new KeyValuePair<string, object?>("kind", kind.ToString().ToLowerInvariant()))];

    private readonly UpDownCounter<long> _proxies;
    private readonly Counter<long> _updates;
    private readonly Counter<long> _encoded;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _shadowRequests;
    private readonly Counter<long> _shadowDecisions;

    public DiscoveryMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(OperatorMeter.Name);
        _proxies = meter.CreateUpDownCounter<long>("mesh_operator_proxies", description: "Proxies whose streams are open.");
        _updates = meter.CreateCounter<long>("mesh_operator_updates", description: "Updates sent to proxies, whole or delta.");
        _encoded = meter.CreateCounter<long>("mesh_operator_updates_encoded", description: "Updates serialised; proxies share each.");
        _refusals = meter.CreateCounter<long>("mesh_operator_refusals", description: "Updates that proxies refused.");
        _shadowRequests = meter.CreateCounter<long>("mesh_operator_shadow_requests", description: "Requests that policies in mode Shadow were evaluated on.");
        _shadowDecisions = meter.CreateCounter<long>("mesh_operator_shadow_decisions", description: "What policies in mode Shadow would have done.");
    }

    public void Connected() => _proxies.Add(1);

    public void Disconnected() => _proxies.Add(-1);

    public void Sent(UpdateKind kind) => _updates.Add(1, KindTags[(int)kind]);

    public void Encoded(UpdateKind kind) => _encoded.Add(1, KindTags[(int)kind]);

    public void Refused() => _refusals.Add(1);

    public void ShadowReported(NamespacedName policy, long requests, IEnumerable<(string Decision, long Count)> decisions)
    {
        var policyTag = new KeyValuePair<string, object?>("policy", policy.ToString());
        _shadowRequests.Add(requests, policyTag);
        foreach (var (decision, count) in decisions) _shadowDecisions.Add(count, policyTag, new("decision", decision));
    }
}
