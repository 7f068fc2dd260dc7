using System.Text.Json.Nodes;
using Mesh.KubeApi.Cel;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Patching;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Admission;

/// <summary>
/// The webhooks that are configured, asked in the order of their configurations' names: those that mutate, later those that
/// validate.
/// </summary>
internal sealed class AdmissionChain(Store store, WebhookClient client)
{
    /// <summary>The object as the mutating webhooks leave it.</summary>
    public async Task<JsonObject> MutateAsync(AdmissionQuestion question)
    {
        foreach (var webhook in Matching(BuiltInResources.MutatingWebhookConfiguration, question))
        {
            if (await AskAsync(webhook, question) is { } answer)
            {
                question = question with { Object = Patched(webhook, question.Object!, answer) };
            }
        }

        return question.Object!;
    }

    /// <exception cref="ApiException">A webhook denies the request.</exception>
    public async Task ValidateAsync(AdmissionQuestion question) =>
        await Task.WhenAll(Matching(BuiltInResources.ValidatingWebhookConfiguration, question).Select(webhook => AskAsync(webhook, question)));

    private List<Webhook> Matching(ResourceType configurations, AdmissionQuestion question)
    {
        // Nobody can lock themselves out: webhooks have no say in webhooks.
        if (question.Request.Type.Group == configurations.Group) return [];
        var snapshot = store.Current;
        var webhooks = snapshot.Of(configurations.StorageName).Values.SelectMany(configuration => configuration.Items("webhooks"));
        return [.. webhooks.Select(json => new Webhook(json)).Where(webhook => webhook.Concerns(question, snapshot) && MeetsConditions(webhook, question))];
    }

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
