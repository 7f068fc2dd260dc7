using System.Text.Json.Nodes;
using Mesh.KubeApi.Cel;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Kinds;

/// <summary>The defaults of admissionregistration.k8s.io/v1.</summary>
internal sealed class WebhookConfigurationRules : KindRules
{
    public override void Default(JsonObject value)
    {
        foreach (var webhook in value.Items("webhooks"))
        {
            webhook.Default("failurePolicy", "Fail");
            webhook.Default("matchPolicy", "Equivalent");
            webhook.Default("namespaceSelector", new JsonObject());
            webhook.Default("objectSelector", new JsonObject());
            webhook.Default("timeoutSeconds", 10);
            if (value.Text("kind") is "MutatingWebhookConfiguration") webhook.Default("reinvocationPolicy", "Never");
            foreach (var rule in webhook.Items("rules")) rule.Default("scope", "*");
            if (webhook["clientConfig"]?["service"] is JsonObject service) service.Default("port", 443);
        }
    }

    public override IEnumerable<StatusCause> Validate(JsonObject value, JsonObject? before)
    {
        foreach (var (i, webhook) in value.Items("webhooks").Index())
        {
            foreach (var (j, condition) in webhook.Items("matchConditions").Index())
            {
                if (CelExpression.Problem(condition.Text("expression") ?? "") is { } problem) yield return StatusCause.Invalid($"webhooks[{i}].matchConditions[{j}].expression", condition["expression"]?.ToJsonString(), problem);
            }
        }
    }
}
