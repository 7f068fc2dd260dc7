using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using k8s;
using k8s.Authentication;

namespace Mesh.Operator.Sources;

/// <summary>
/// Lists and watches over the Kubernetes client's own connection and credentials, as JSON: the client's watcher hides a 410,
/// reads each event twice, and gives up a whole list for one object that it can't read.
/// </summary>
internal sealed class KubernetesConnection(HttpClient http, Uri server, ServiceClientCredentials? credentials)
{
    public KubernetesConnection(Kubernetes client)
        : this(client.HttpClient, client.BaseUri, client.Credentials)
    {
    }

    /// <summary>One page of a collection.</summary>
    /// <exception cref="KubernetesStatusException">The API server says no.</exception>
    public async Task<JsonDocument> ListAsync(WatchedKind kind, int limit, string? continuation, CancellationToken cancellationToken)
    {
        var query = $"?limit={limit.ToString(CultureInfo.InvariantCulture)}" + (continuation is null ? "" : $"&continue={Uri.EscapeDataString(continuation)}");
        using var response = await SendAsync(kind.Path + query, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
    }

    /// <summary>The changes of a collection since a version, until the API server has said enough.</summary>
    /// <exception cref="KubernetesStatusException">The API server says no.</exception>
    public async IAsyncEnumerable<JsonDocument> WatchAsync(
        WatchedKind kind, string version, TimeSpan timeout, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seconds = ((int)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var query = $"?watch=true&allowWatchBookmarks=true&resourceVersion={Uri.EscapeDataString(version)}&timeoutSeconds={seconds}";
        using var response = await SendAsync(kind.Path + query, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var lines = new StreamReader(body);
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0) yield return JsonDocument.Parse(line);
        }
    }

    /// <summary>Whether there is an object at a path.</summary>
    public async Task<bool> ExistsAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await SendAsync(path, cancellationToken);
            return true;
        }
        catch (KubernetesStatusException exception) when (exception.StatusCode is HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, path)) { Version = HttpVersion.Version20 };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        if (credentials is not null) await credentials.ProcessHttpRequestAsync(request, cancellationToken);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode) return response;
        using (response)
        {
            throw new KubernetesStatusException(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }
    }
}
