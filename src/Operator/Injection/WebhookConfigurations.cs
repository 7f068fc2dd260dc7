using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Mesh.Operator.Injection;

/// <summary>The API server's record of our webhooks: whom it calls, and whom it trusts when it does.</summary>
internal sealed partial class WebhookConfigurations(IKubernetes kubernetes, WebhookOptions options, ILogger<WebhookConfigurations> logger)
{
    /// <summary>Has the API server trust these authorities (PEM) when it calls. Writes only what differs.</summary>
    /// <returns>False where a configuration does not exist.</returns>
    public async Task<bool> TrustAsync(string authorities, CancellationToken cancellationToken)
    {
        var bundle = Encoding.ASCII.GetBytes(authorities);
        var mutating = await TrustAsync("MutatingWebhookConfiguration", async () =>
        {
            var found = await kubernetes.AdmissionregistrationV1.ReadMutatingWebhookConfigurationAsync(options.Configuration, cancellationToken: cancellationToken);
            if (Patch(found.Webhooks?.Select(w => (w.Name, w.ClientConfig)), bundle) is not { } patch) return;
            await kubernetes.AdmissionregistrationV1.PatchMutatingWebhookConfigurationAsync(patch, options.Configuration, cancellationToken: cancellationToken);
        });
        var validating = await TrustAsync("ValidatingWebhookConfiguration", async () =>
        {
            var found = await kubernetes.AdmissionregistrationV1.ReadValidatingWebhookConfigurationAsync(options.Configuration, cancellationToken: cancellationToken);
            if (Patch(found.Webhooks?.Select(w => (w.Name, w.ClientConfig)), bundle) is not { } patch) return;
            await kubernetes.AdmissionregistrationV1.PatchValidatingWebhookConfigurationAsync(patch, options.Configuration, cancellationToken: cancellationToken);
        });
        return mutating && validating;
    }

    private async Task<bool> TrustAsync(string kind, Func<Task> update)
    {
        try
        {
            await update();
            return true;
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound)
        {
            LogMissing(kind, options.Configuration);
            return false;
        }
    }

    // By index, and only where the name is still the same there: the list may have been applied anew in between.
    private static V1Patch? Patch(IEnumerable<(string Name, Admissionregistrationv1WebhookClientConfig Client)>? webhooks, byte[] bundle)
    {
        var operations = new JsonArray();
        foreach (var (index, (name, client)) in (webhooks ?? []).Index())
        {
            if (client.CaBundle is { } trusted && trusted.AsSpan().SequenceEqual(bundle)) continue;
            operations.Add(new JsonObject { ["op"] = "test", ["path"] = $"/webhooks/{index}/name", ["value"] = name });
            operations.Add(new JsonObject
            {
                ["op"] = "add",
                ["path"] = $"/webhooks/{index}/clientConfig/caBundle",
                ["value"] = Convert.ToBase64String(bundle),
            });
        }
        return operations.Count == 0 ? null : new V1Patch(operations.ToJsonString(), V1Patch.PatchType.JsonPatch);
    }

    [LoggerMessage(LogLevel.Warning, "There is no {Kind} {Name}: the API server does not call this operator. It comes with config/operator.")]
    private partial void LogMissing(string kind, string name);
}
