using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Api.Injection;
using Mesh.Api.Resources;
using Mesh.Operator.Injection;

namespace Mesh.Operator.Probing;

/// <summary>Asks an operator, from where it is run, what its clients ask of it: a sidecar for a pod, and a connection for discovery.</summary>
internal sealed class OperatorProbe(HttpMessageInvoker http)
{
    // A namespace of nobody's: the pod says itself that it wants a sidecar, so the namespace isn't looked at.
    private const string Namespace = "mesh-probe";

    /// <summary>Has the webhook review a pod that asks for a sidecar. A review that is a dry run changes nothing.</summary>
    /// <returns>What is wrong; null where a sidecar came.</returns>
    public async Task<string?> AskWebhookAsync(Uri webhook, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(webhook, "/inject")) { Content = JsonContent.Create(Review()) };
            using var response = await http.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode) return $"it answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}";
            return Fault((await response.Content.ReadFromJsonAsync<AdmissionReview>(cancellationToken))?.Response);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException)
        {
            return exception.InnerException?.Message ?? exception.Message;
        }
    }

    /// <returns>What is wrong; null where somebody listens.</returns>
    public static async Task<string?> ConnectAsync(DnsEndPoint address, CancellationToken cancellationToken)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, cancellationToken);
            return null;
        }
        catch (SocketException exception)
        {
            return exception.Message;
        }
    }

    private static string? Fault(AdmissionResponse? response) => response switch
    {
        null => "it answered with no review",
        { Allowed: false } => $"it refused a pod: {response.Status?.Message}",
        { Patch: null } => "it left a pod without a sidecar that asked for one",
        _ when !JsonNode.Parse(response.Patch)!.ToJsonString().Contains($"\"{Sidecar.ContainerName}\"", StringComparison.Ordinal) =>
            $"it changed a pod that asked for a sidecar, and gave it no container {Sidecar.ContainerName}",
        _ => null,
    };

    private static JsonObject Review() => new()
    {
        ["apiVersion"] = AdmissionReview.V1,
        ["kind"] = AdmissionReview.ReviewKind,
        ["request"] = new JsonObject
        {
            ["uid"] = "mesh-probe",
            ["kind"] = new JsonObject { ["group"] = "", ["version"] = "v1", ["kind"] = "Pod" },
            ["resource"] = new JsonObject { ["group"] = "", ["version"] = "v1", ["resource"] = "pods" },
            ["namespace"] = Namespace,
            ["operation"] = "CREATE",
            ["dryRun"] = true,
            ["object"] = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Pod",
                ["metadata"] = new JsonObject { ["name"] = "mesh-probe", ["namespace"] = Namespace, ["annotations"] = new JsonObject { [MeshApi.InjectAnnotation] = "true" } },
                ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "app", ["image"] = "app" }) },
            },
        },
    };
}
