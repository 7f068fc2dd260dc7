using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Proxy.Interception.Cni;

/// <summary>Asks the API server with one GET: the plugin is a process for each pod that starts, and a client library would outweigh it.</summary>
internal sealed class PodReader : IPodReader
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public async Task<JsonObject?> ReadAsync(CniSettings settings, string @namespace, string name, CancellationToken cancellationToken)
    {
        var path = $"api/v1/namespaces/{Uri.EscapeDataString(@namespace)}/pods/{Uri.EscapeDataString(name)}";
        return await GetAsync(settings, path, async response =>
        {
            if (response.StatusCode is HttpStatusCode.NotFound) return null;
            response.EnsureSuccessStatusCode();
            return JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken)) as JsonObject;
        }, cancellationToken);
    }

    public Task CheckAsync(CniSettings settings, CancellationToken cancellationToken) =>
        GetAsync(settings, "version", response => Task.FromResult(response.EnsureSuccessStatusCode().StatusCode), cancellationToken);

    private static async Task<T> GetAsync<T>(CniSettings settings, string path, Func<HttpResponseMessage, Task<T>> read, CancellationToken cancellationToken)
    {
        var address = new Uri(settings.Server, path);
        try
        {
            using var client = NewClient(settings);
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(settings.Token, cancellationToken)).Trim());
            using var response = await client.SendAsync(request, cancellationToken);
            return await read(response);
        }
        catch (IOException failure)
        {
            throw new CniException(CniErrorCode.Io, $"the credentials that mesh-proxy cni install writes can't be read: {failure.Message}");
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new CniException(CniErrorCode.TryAgainLater, $"{address} can't be read", $"{failure.Message} {failure.InnerException?.Message}".TrimEnd());
        }
    }

    private static HttpClient NewClient(CniSettings settings)
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        if (settings.CertificateAuthority is { } file)
        {
            var trusted = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            trusted.CustomTrustStore.ImportFromPemFile(file);
            handler.SslOptions.CertificateChainPolicy = trusted;
        }
        return new(handler) { Timeout = Timeout };
    }
}
