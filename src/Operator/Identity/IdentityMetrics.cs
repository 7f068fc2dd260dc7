using System.Diagnostics.Metrics;
using System.Text.Json;
using Mesh.Operator.Telemetry;

namespace Mesh.Operator.Identity;

/// <summary>What the certificate authority counts.</summary>
internal sealed class IdentityMetrics
{
    private static readonly KeyValuePair<string, object?>[] ReasonTags =
        [.. Enum.GetNames<RefusalReason>().Select(name => new KeyValuePair<string, object?>("reason", JsonNamingPolicy.KebabCaseLower.ConvertName(name)))];

    private readonly Counter<long> _issued;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _handshakes;
    private volatile AuthorityRecord? _record;

    public IdentityMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(OperatorMeter.Name);
        _issued = meter.CreateCounter<long>("mesh_operator_certificates_issued", description: "Certificates issued to proxies.");
        _refused = meter.CreateCounter<long>("mesh_operator_certificates_refused", description: "Requests for a certificate that were refused, by reason.");
        _handshakes = meter.CreateCounter<long>("mesh_operator_handshakes_refused", description: "Connections whose client's certificate was not believed.");
        meter.CreateObservableGauge("mesh_operator_certificate_expiration_timestamp_seconds", Ends, description: "When the issuer's and each trust anchor's certificate ends, in seconds since 1970.");
    }

    /// <summary>What is measured from now on.</summary>
    public void Know(AuthorityRecord record) => _record = record;

    public void Issued() => _issued.Add(1);

    private IEnumerable<Measurement<long>> Ends()
    {
        if (_record is not { } record) yield break;
        yield return new(record.Issuer.Ends.ToUnixTimeSeconds(), new KeyValuePair<string, object?>("certificate", "issuer"));
        // Of two anchors in one phase the one that ends first.
        foreach (var phase in record.Anchors.GroupBy(anchor => anchor.Phase, anchor => anchor.Ends))
        {
            yield return new(phase.Min().ToUnixTimeSeconds(), new KeyValuePair<string, object?>("certificate", $"anchor-{phase.Key.ToString().ToLowerInvariant()}"));
        }
    }

    public void HandshakeRefused() => _handshakes.Add(1);

    public void Refused(RefusalReason reason) => _refused.Add(1, ReasonTags[(int)reason]);
}
