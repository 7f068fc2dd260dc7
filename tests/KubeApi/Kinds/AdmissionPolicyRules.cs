using System.Text.Json.Nodes;
using Mesh.KubeApi.Cel;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Kinds;

/// <summary>ValidatingAdmissionPolicies whose expressions can be read.</summary>
internal sealed class AdmissionPolicyRules : KindRules
{
    public override void Default(JsonObject value)
    {
        if (value["spec"] is not JsonObject spec) return;
        spec.Default("failurePolicy", "Fail");
        if (spec["matchConstraints"] is not JsonObject constraints) return;
        constraints.Default("matchPolicy", "Equivalent");
        constraints.Default("namespaceSelector", new JsonObject());
        constraints.Default("objectSelector", new JsonObject());
        foreach (var rule in constraints.Items("resourceRules")) rule.Default("scope", "*");
    }

    public override IEnumerable<StatusCause> Validate(JsonObject value, JsonObject? before) =>
        from list in new[] { "matchConditions", "variables", "validations" }
        from item in value["spec"].Items(list).Index()
        let expression = item.Item.Text("expression") ?? ""
        let problem = CelExpression.Problem(expression)
        where problem is not null
        select StatusCause.Invalid($"spec.{list}[{item.Index}].expression", item.Item["expression"]?.ToJsonString(), problem);
}
