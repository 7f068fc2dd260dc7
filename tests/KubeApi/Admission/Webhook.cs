using System.Text.Json.Nodes;
using Mesh.KubeApi.Cel;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Selectors;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Admission;

/// <summary>One webhook of a configuration.</summary>
/// <param name="json">As the configuration has it.</param>
/// <param name="place">The configuration's name and the webhook's place there: names of webhooks may occur twice.</param>
internal sealed class Webhook(JsonObject json, string place)
{
    public string Place => place;

    public string Name => json.Text("name") ?? "";

    public JsonNode? ClientConfig => json["clientConfig"];

    public TimeSpan Timeout => TimeSpan.FromSeconds(json["timeoutSeconds"]?.GetValue<int>() ?? 10);

    /// <summary>Whether its failure (not its denial) lets the request pass.</summary>
    public bool MayFail => json.Text("failurePolicy") is "Ignore";

    /// <summary>Whether it wishes to be asked again about what a later one has changed.</summary>
    public bool IsReinvocable => json.Text("reinvocationPolicy") is "IfNeeded";

    public bool HasSideEffects => json.Text("sideEffects") is not ("None" or "NoneOnDryRun");

    public bool Concerns(AdmissionQuestion question, Snapshot stored) =>
        json.Items("rules").Any(rule => Covers(rule, question)) && SelectsNamespace(question, stored) && SelectsObject(question);

    /// <summary>Whether its matchConditions are met: one that isn't decides, whatever becomes of the others.</summary>
    /// <exception cref="CelException">One of them fails, and none says no.</exception>
    public bool MeetsConditions(AdmissionQuestion question)
    {
        var conditions = json.Items("matchConditions").ToList();
        if (conditions.Count == 0) return true;
        var request = AdmissionReview.Request(question)["request"]!;
        var variables = new Dictionary<string, JsonNode?> { ["object"] = question.Object, ["oldObject"] = question.OldObject, ["request"] = request };
        CelException? failure = null;
        foreach (var condition in conditions)
        {
            try
            {
                if (!CelExpression.Parse(condition.Text("expression") ?? "").IsMet(variables)) return false;
            }
            catch (CelException exception)
            {
                failure = new($"matchConditions {condition.Text("name")}: {exception.Message}");
            }
        }
        return failure is null ? true : throw failure;
    }

    private static bool Covers(JsonObject rule, AdmissionQuestion question)
    {
        var type = question.Request.Type;
        return Lists(rule, "operations", question.Operation.ToString().ToUpperInvariant())
            && Lists(rule, "apiGroups", type.Group)
            && Lists(rule, "apiVersions", type.Version)
            && CoversResource(rule, type.Plural, question.Request.Subresource)
            && (rule.Text("scope") ?? "*") is var scope && (scope == "*" || scope == (type.Namespaced ? "Namespaced" : "Cluster"));
    }

    /// <summary>
    /// As rules name resources: <c>pods</c>, <c>pods/status</c>, <c>pods/*</c>, <c>*/status</c>, <c>*</c> (no subresources),
    /// <c>*/*</c>.
    /// </summary>
    private static bool CoversResource(JsonObject rule, string plural, string? subresource)
    {
        string[] accepted = subresource is null
            ? [plural, "*", $"{plural}/*", "*/*"]
            : [$"{plural}/{subresource}", $"{plural}/*", $"*/{subresource}", "*/*"];
        return Texts(rule, "resources").Intersect(accepted).Any();
    }

    private bool SelectsNamespace(AdmissionQuestion question, Snapshot stored)
    {
        var (request, selector) = (question.Request, LabelSelector.FromJson(json["namespaceSelector"]));
        if (request.Type == BuiltInResources.Namespace) return selector.Matches(question.Subject.Labels());
        if (!request.Type.Namespaced) return true;
        var space = stored.Find(new(BuiltInResources.Namespace.StorageName, "", request.Namespace));
        return space is not null && selector.Matches(space.Labels());
    }

    /// <summary>The object as it would be or as it was: either will do.</summary>
    private bool SelectsObject(AdmissionQuestion question)
    {
        var selector = LabelSelector.FromJson(json["objectSelector"]);
        return new[] { question.Object, question.OldObject }.OfType<JsonObject>().Any(value => selector.Matches(value.Labels()));
    }

    private static bool Lists(JsonObject rule, string member, string value) =>
        Texts(rule, member).Any(text => text == "*" || text == value);

    private static IEnumerable<string> Texts(JsonObject rule, string member) =>
        (rule[member] as JsonArray ?? []).Select(text => text!.ToString());
}
