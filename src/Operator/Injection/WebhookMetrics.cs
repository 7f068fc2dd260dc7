using System.Diagnostics.Metrics;
using Mesh.Operator.Telemetry;

namespace Mesh.Operator.Injection;

/// <summary>What the webhooks were asked, and how it went.</summary>
internal sealed class WebhookMetrics
{
    private readonly Counter<long> _reviews;
    private readonly Counter<long> _failures;

    public WebhookMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(OperatorMeter.Name);
        _reviews = meter.CreateCounter<long>("mesh_operator_admission_reviews", description: "Admission reviews, by webhook and outcome.");
        _failures = meter.CreateCounter<long>("mesh_operator_admission_failures", description: "Admission reviews that a webhook failed on.");
    }

    public void Reviewed(string webhook, string outcome) => _reviews.Add(1, new("webhook", webhook), new("outcome", outcome));

    public void Failed(string webhook) => _failures.Add(1, new KeyValuePair<string, object?>("webhook", webhook));
}
