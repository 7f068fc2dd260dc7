using System.Text.Json.Nodes;
using Mesh.KubeApi.Cel;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Patching;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Admission;

/// <summary>
/// The webhooks that are configured, asked in the order of their configurations' names: those that mutate, later those that
/// validate, after the policies.
/// </summary>
internal sealed class AdmissionChain(Store store, WebhookClient client)
{
    private readonly AdmissionPolicies _policies = new(store);

    /// <summary>
    /// The object as the mutating webhooks leave it. Those that a later one's change concerns are asked once more where they wish so: each at most
    /// twice, as in apiserver's admission/plugin/webhook/mutating.
    /// </summary>
    public async Task<JsonObject> MutateAsync(AdmissionQuestion question)
    {
        var reinvocations = new Reinvocations();
        question = question with { Object = await MutateAsync(question, _ => true, reinvocations) };
        return reinvocations.AreDue ? await MutateAsync(question, reinvocations.AreDueOf, reinvocations) : question.Object!;
    }

    private async Task<JsonObject> MutateAsync(AdmissionQuestion question, Func<Webhook, bool> isToBeAsked, Reinvocations reinvocations)
    {
        // Each decides on the object as those before it have left it.
        foreach (var webhook in Configured(BuiltInResources.MutatingWebhookConfiguration, question))
        {
            if (!isToBeAsked(webhook) || !Concerns(webhook, question) || await AskAsync(webhook, question) is not { } answer) continue;
            var patched = Patched(webhook, question.Object!, answer);
            if (!JsonNode.DeepEquals(patched, question.Object)) reinvocations.Require();
            reinvocations.Invoked(webhook);
            question = question with { Object = patched };
        }

        return question.Object!;
    }

    /// <exception cref="ApiException">A policy or a webhook denies the request.</exception>
    public async Task ValidateAsync(AdmissionQuestion question)
    {
        _policies.Validate(question);
        await Task.WhenAll(Configured(BuiltInResources.ValidatingWebhookConfiguration, question).Where(webhook => Concerns(webhook, question)).Select(webhook => AskAsync(webhook, question)));
    }

    // Nobody can lock themselves out: webhooks have no say in webhooks.
    private List<Webhook> Configured(ResourceType configurations, AdmissionQuestion question) => question.Request.Type.Group == configurations.Group
        ? []
        : [.. from configuration in store.Current.Of(configurations.StorageName).Values
              from webhook in configuration.Items("webhooks").Index()
              select new Webhook(webhook.Item, $"{configuration.Name()}/{webhook.Index}")];

    private bool Concerns(Webhook webhook, AdmissionQuestion question) => webhook.Concerns(question, store.Current) && MeetsConditions(webhook, question);

    private static bool MeetsConditions(Webhook webhook, AdmissionQuestion question)
    {
        try
        {
            return webhook.MeetsConditions(question);
        }
        catch (CelException) when (webhook.MayFail)
        {
            return false;
        }
        catch (CelException failure)
        {
            throw ApiException.InternalError($"admission webhook \"{webhook.Name}\": {failure.Message}");
        }
    }

    /// <returns>The response of a webhook that allows the request; null where it failed and may be ignored.</returns>
    private async Task<JsonObject?> AskAsync(Webhook webhook, AdmissionQuestion question)
    {
        if (question.Request.IsDryRun && webhook.HasSideEffects)
        {
            throw ApiException.BadRequest($"admission webhook \"{webhook.Name}\" does not support dry run");
        }

        JsonObject response;
        try
        {
            response = await client.CallAsync(webhook, AdmissionReview.Request(question), question.Request.Cancelled);
        }
        catch (WebhookException) when (webhook.MayFail)
        {
            return null;
        }
        catch (WebhookException failure)
        {
            throw ApiException.InternalError($"failed calling webhook \"{webhook.Name}\": {failure.Message}");
        }

        question.Request.Warnings.AddRange((response["warnings"] as JsonArray ?? []).Select(warning => warning!.ToString()));
        return response["allowed"]?.GetValue<bool>() is true
            ? response
            : throw AdmissionReview.Denial(webhook.Name, response["status"] as JsonObject);
    }

    private static JsonObject Patched(Webhook webhook, JsonObject value, JsonObject answer)
    {
        if (answer.Text("patch") is not { } encoded) return value;
        try
        {
            var operations = (JsonArray)JsonNode.Parse(Convert.FromBase64String(encoded))!;
            return (JsonObject)JsonPatch.Apply(value.Clone(), operations)!;
        }
        catch (JsonPatchException failure)
        {
            throw ApiException.InternalError($"the patch of webhook \"{webhook.Name}\" can't be applied: {failure.Message}");
        }
    }
}
