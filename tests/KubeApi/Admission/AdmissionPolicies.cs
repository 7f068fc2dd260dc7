using System.Text.Json.Nodes;
using Mesh.KubeApi.Cel;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Admission;

/// <summary>ValidatingAdmissionPolicies, where a binding without parameters and selectors has them deny.</summary>
internal sealed class AdmissionPolicies(Store store)
{
    /// <exception cref="ApiException">One of them denies the request.</exception>
    public void Validate(AdmissionQuestion question)
    {
        if (question.Request.Type.Group == BuiltInResources.ValidatingAdmissionPolicy.Group) return;
        var stored = store.Current;
        foreach (var binding in stored.Of(BuiltInResources.ValidatingAdmissionPolicyBinding.StorageName).Values)
        {
            if (binding["spec"]?["validationActions"] is not JsonArray actions || !actions.Any(action => (string?)action == "Deny")) continue;
            if (stored.Find(new(BuiltInResources.ValidatingAdmissionPolicy.StorageName, "", binding["spec"].Text("policyName") ?? "")) is { } policy) Validate(question, policy, binding.Name(), stored);
        }
    }

    private static void Validate(AdmissionQuestion question, JsonObject policy, string binding, Snapshot stored)
    {
        var spec = (JsonObject)policy["spec"]!;
        try
        {
            var matching = new Webhook(Matching(spec), policy.Name());
            if (!matching.Concerns(question, stored) || !matching.MeetsConditions(question)) return;
            var values = Values(question, spec);
            if (spec.Items("validations").FirstOrDefault(rule => !CelExpression.Parse(rule.Text("expression")!).IsMet(values)) is { } broken) throw Denied(broken.Text("message") ?? $"failed expression: {broken.Text("expression")}");
        }
        catch (CelException) when (spec.Text("failurePolicy") is "Ignore")
        {
            // As if it weren't there.
        }
        catch (CelException failure)
        {
            throw Denied(failure.Message);
        }

        ApiException Denied(string why) => ApiException.Invalid(
            question.Request.Type, question.Name, [new("", $"ValidatingAdmissionPolicy '{policy.Name()}' with binding '{binding}' denied request: {why}", "")]);
    }

    // What it is about is said as webhooks say it, in other places.
    private static JsonObject Matching(JsonObject spec)
    {
        var constraints = spec["matchConstraints"] as JsonObject ?? [];
        return new()
        {
            ["rules"] = constraints["resourceRules"]?.DeepClone(),
            ["namespaceSelector"] = constraints["namespaceSelector"]?.DeepClone(),
            ["objectSelector"] = constraints["objectSelector"]?.DeepClone(),
            ["matchConditions"] = spec["matchConditions"]?.DeepClone(),
        };
    }

    private static Dictionary<string, JsonNode?> Values(AdmissionQuestion question, JsonObject spec)
    {
        var variables = new JsonObject();
        var values = new Dictionary<string, JsonNode?>
        {
            ["object"] = question.Object,
            ["oldObject"] = question.OldObject,
            ["request"] = AdmissionReview.Request(question)["request"],
            ["variables"] = variables,
        };
        foreach (var variable in spec.Items("variables")) variables[variable.Text("name")!] = CelExpression.Parse(variable.Text("expression")!).Evaluate(values)?.DeepClone();
        return values;
    }
}
