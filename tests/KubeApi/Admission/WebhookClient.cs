using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Admission;

/// <summary>Calls webhooks over TLS: by URL or by service, trusting the configuration's caBundle and nothing else.</summary>
internal sealed class WebhookClient(ServiceDirectory services)
{
    /// <returns>The review's response.</returns>
    /// <exception cref="WebhookException">There is none.</exception>
    public async Task<JsonObject> CallAsync(Webhook webhook, JsonObject review, CancellationToken cancellation)
    {
        var (url, dial) = Resolve(webhook.ClientConfig);
        using var handler = Handler(webhook.ClientConfig.Text("caBundle"), dial);
        using var client = new HttpClient(handler) { Timeout = webhook.Timeout };
        try
        {
            using var response = await client.PostAsJsonAsync(url, review, cancellation);
            if (!response.IsSuccessStatusCode)
            {
                var text = await response.Content.ReadAsStringAsync(cancellation);
                throw new WebhookException($"an error on the server (\"{text}\"), status {(int)response.StatusCode}");
            }

            return Response(review, await response.Content.ReadFromJsonAsync<JsonObject>(cancellation));
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or TaskCanceledException
            && !cancellation.IsCancellationRequested)
        {
            var why = $"{failure.Message} {failure.InnerException?.Message}".TrimEnd();
            throw new WebhookException($"failed to call webhook: Post \"{url}\": {why}", failure);
        }
    }

    private static JsonObject Response(JsonObject review, JsonObject? answer)
    {
        if (answer?["response"] is not JsonObject response) throw new WebhookException("the answer has no response");
        var (found, expected) = (response.Text("uid"), review["request"].Text("uid"));
        return found == expected ? response : throw new WebhookException($"response.uid: found \"{found}\", expected \"{expected}\"");
    }

    private (Uri Url, IPEndPoint? Dial) Resolve(JsonNode? config)
    {
        if (config.Text("url") is { } url) return (new(url), null);
        if (config?["service"] is not JsonObject service)
        {
            throw new WebhookException("clientConfig: found neither url nor service, expected one");
        }

        var (space, name, port) = (service.Text("namespace") ?? "", service.Text("name") ?? "", service["port"]?.GetValue<int>() ?? 443);
        var address = services.Find(space, name, port)
            ?? throw new WebhookException($"service {space}/{name}:{port} has no address; a test gives it one by ApiServer.MapService");
        return (new($"https://{name}.{space}.svc:{port}/{service.Text("path")?.TrimStart('/')}"), address);
    }

    private static SocketsHttpHandler Handler(string? caBundle, IPEndPoint? dial)
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        if (caBundle is not null)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(caBundle)));
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        if (dial is not null) handler.ConnectCallback = async (_, cancellation) => await DialAsync(dial, cancellation);
        return handler;
    }

    private static async Task<Stream> DialAsync(IPEndPoint address, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
