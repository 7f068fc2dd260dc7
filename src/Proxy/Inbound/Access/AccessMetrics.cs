using System.Diagnostics.Metrics;
using System.Globalization;
using Mesh.Api.Authorization;
using Mesh.Api.Discovery;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Inbound.Access;

/// <summary>Counts what policies refuse, and what they see without deciding. <c>docs/reference/metrics.md</c> lists what it comes out as.</summary>
internal sealed class AccessMetrics : IAccessObserver
{
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _audited;
    private readonly Counter<long> _shadow;
    private readonly Counter<long> _tokens;

    public AccessMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(ProxyMetrics.MeterName);
        _refusals = meter.CreateCounter<long>("mesh_authorization_refusals", description: "Requests and connections that were refused, by policy and rule.");
        _audited = meter.CreateCounter<long>("mesh_authorization_audited", description: "Requests and connections that a policy with action Audit matched.");
        _shadow = meter.CreateCounter<long>("mesh_authorization_shadow", description: "Requests and connections that a policy in mode Shadow would have decided otherwise.");
        _tokens = meter.CreateCounter<long>("mesh_tokens", description: "Tokens of known issuers that requests carried, by what came of them.");
    }

    public void Refused(int port, in AccessDecision decision) => _refusals.Add(1,
        new("port", port.ToString(CultureInfo.InvariantCulture)), new("policy", Name(decision.Policy)), new("rule", decision.Rule ?? ""));

    public void Audited(PolicySource policy, string rule) => _audited.Add(1, new("policy", Name(policy)), new("rule", rule));

    public void WouldDecide(PolicySource policy, string rule, bool wouldAllow) =>
        _shadow.Add(1, new("policy", Name(policy)), new("rule", rule), new("would", wouldAllow ? "allow" : "refuse"));

    /// <param name="issuer">One that a policy names.</param>
    /// <param name="outcome"><c>valid</c>, <c>invalid</c> or <c>no-keys</c>.</param>
    public void SawToken(string issuer, string outcome) => _tokens.Add(1, new KeyValuePair<string, object?>("issuer", issuer), new("outcome", outcome));

    private static string Name(PolicySource? policy) => policy is null ? "" : $"{policy.Namespace}/{policy.Name}";
}
