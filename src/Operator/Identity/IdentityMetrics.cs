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

    public IdentityMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(OperatorMeter.Name);
        _issued = meter.CreateCounter<long>("mesh_operator_certificates_issued", description: "Certificates issued to proxies.");
        _refused = meter.CreateCounter<long>("mesh_operator_certificates_refused", description: "Requests for a certificate that were refused, by reason.");
    }

    public void Issued() => _issued.Add(1);

    public void Refused(RefusalReason reason) => _refused.Add(1, ReasonTags[(int)reason]);
}
